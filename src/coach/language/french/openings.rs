//! How calls begin in French: eight openings or more a kind, so that none comes twice in a week.

use crate::coach::language::Line;

/// The first call of a morning.
pub(super) const FIRST: &[Line] = &[
    "Bonjour ! | C'est votre appel de réveil. | Vous êtes debout ?",
    "Bonjour ! | Ici votre coach du réveil. | Vous m'entendez ?",
    "Allô. | C'est l'heure de se lever. | Vous êtes debout ?",
    "Bonjour ! | Allez, debout ! | Avez-vous les pieds par terre ?",
    "Allô. | Ici votre coach du réveil. | Vous avez bien dormi ?",
    "Bonjour ! | C'est l'heure de se lever. | Vous m'entendez ?",
    "Allô. | C'est votre appel de réveil. | Avez-vous les pieds par terre ?",
    "Bonjour ! | C'est votre appel de réveil. | Vous avez bien dormi ?",
    "Allô. | Allez, debout ! | Vous m'entendez ?",
    "Bonjour ! | Ici votre coach du réveil. | Avez-vous les pieds par terre ?",
    "Allô. | C'est l'heure de se lever. | Vous avez bien dormi ?",
    "Allô. | C'est votre appel de réveil. | Vous m'entendez ?",
    "Bonjour ! | C'est l'heure de se lever. | Avez-vous les pieds par terre ?",
    "Allô. | Ici votre coach du réveil. | Vous êtes debout ?",
    "Bonjour ! | Allez, debout ! | Vous avez bien dormi ?",
    "Allô. | Allez, debout ! | Avez-vous les pieds par terre ?",
];

/// A first call that comes a little late.
pub(super) const LATE: &[Line] = &[
    "Bonjour ! | J'ai un peu de retard, pardon. | C'est l'heure de se lever. | Vous êtes debout ?",
    "Allô. | J'ai un peu de retard, pardon. | Allez, debout ! | Vous m'entendez ?",
    "Bonjour ! | J'ai un peu de retard, pardon. | Allez, debout ! | Vous m'entendez ?",
    "Allô. | J'ai un peu de retard, pardon. | C'est l'heure de se lever. | Avez-vous les pieds par terre ?",
    "Bonjour ! | J'ai un peu de retard, pardon. | C'est votre appel de réveil. | Vous êtes debout ?",
    "Allô. | J'ai un peu de retard, pardon. | Allez, debout ! | Vous êtes debout ?",
    "Bonjour ! | J'ai un peu de retard, pardon. | C'est l'heure de se lever. | Vous m'entendez ?",
    "Allô. | J'ai un peu de retard, pardon. | C'est votre appel de réveil. | Avez-vous les pieds par terre ?",
];

/// A first call that comes much too late.
pub(super) const VERY_LATE: &[Line] = &[
    "Bonjour ! | J'aurais dû vous appeler plus tôt, pardon. | Allez, debout ! | Vous êtes debout ?",
    "Allô. | J'aurais dû vous appeler plus tôt, pardon. | C'est l'heure de se lever. | Vous m'entendez ?",
    "Bonjour ! | J'aurais dû vous appeler plus tôt, pardon. | C'est l'heure de se lever. | Avez-vous les pieds par terre ?",
    "Allô. | J'aurais dû vous appeler plus tôt, pardon. | Allez, debout ! | Vous m'entendez ?",
    "Bonjour ! | J'aurais dû vous appeler plus tôt, pardon. | C'est votre appel de réveil. | Vous m'entendez ?",
    "Allô. | J'aurais dû vous appeler plus tôt, pardon. | C'est l'heure de se lever. | Vous êtes debout ?",
    "Bonjour ! | J'aurais dû vous appeler plus tôt, pardon. | Allez, debout ! | Avez-vous les pieds par terre ?",
    "Allô. | J'aurais dû vous appeler plus tôt, pardon. | C'est votre appel de réveil. | Vous êtes debout ?",
];

/// Another call, since the one before was not answered.
pub(super) const REDIAL: &[Line] = &[
    "Bonjour ! | J'ai déjà essayé de vous appeler. | C'est l'heure de se lever. | Vous êtes debout ?",
    "Allô. | J'ai déjà essayé de vous appeler. | C'est votre appel de réveil. | Vous m'entendez ?",
    "Bonjour ! | J'ai déjà essayé de vous appeler. | Allez, debout ! | Vous m'entendez ?",
    "Allô. | J'ai déjà essayé de vous appeler. | C'est l'heure de se lever. | Avez-vous les pieds par terre ?",
    "Bonjour ! | J'ai déjà essayé de vous appeler. | C'est votre appel de réveil. | Vous êtes debout ?",
    "Allô. | J'ai déjà essayé de vous appeler. | Allez, debout ! | Vous êtes debout ?",
    "Bonjour ! | J'ai déjà essayé de vous appeler. | C'est l'heure de se lever. | Vous m'entendez ?",
    "Allô. | J'ai déjà essayé de vous appeler. | C'est votre appel de réveil. | Avez-vous les pieds par terre ?",
];

/// Another call, since the one before ended too soon.
pub(super) const CALL_BACK: &[Line] = &[
    "Me revoilà. | C'est l'heure de se lever. | Avez-vous les pieds par terre ?",
    "Me revoilà. | Allez, debout ! | Avez-vous les pieds par terre ?",
    "Me revoilà. | Asseyez-vous et posez les pieds par terre. | Vous êtes debout ?",
    "Me revoilà. | C'est l'heure de se lever. | Vous êtes debout ?",
    "Me revoilà. | Allez, debout ! | Vous m'entendez ?",
    "Me revoilà. | C'est l'heure de se lever. | Vous m'entendez ?",
    "Me revoilà. | Allez, debout ! | Vous êtes debout ?",
    "Me revoilà. | Asseyez-vous et posez les pieds par terre. | Vous m'entendez ?",
];

use std::fs;

use insta::assert_snapshot;
use secrecy::ExposeSecret as _;

use super::*;
use crate::domain::phone::PhoneNumber;

mod pace;

/// What the original program's `.env` holds.
const ORIGINAL: [(&str, &str); 11] = [
    ("TWILIO_ACCOUNT_SID", "AC0123456789abcdef0123456789abcdef"),
    ("TWILIO_AUTH_TOKEN", "canary-token-4711"),
    ("TWILIO_PHONE_NUMBER", "+14155552671"),
    ("OPENAI_API_KEY", "sk-canary-4712"),
    ("PHONE_NUMBER", "+4930901820"),
    ("WAKE_UP_TIME", "06:30"),
    ("TZ", "europe/berlin"),
    ("BASE_URL", "https://wake.example.com/"),
    ("REALTIME_API_PROBABILITY", "0.25"),
    ("DOORBELL_ACTIVATION_TIMEOUT", "300"),
    ("PORT", "8000"),
];

fn read(pairs: &[(&str, &str)]) -> Result<Config, ConfigProblems> {
    Config::from_env(&pairs.iter().copied().collect(), &Zones::bundled())
}

fn with(changes: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
    ORIGINAL.iter().chain(changes).copied().collect()
}

fn problems(pairs: &[(&str, &str)]) -> String {
    read(pairs).unwrap_err().to_string()
}

fn warnings(pairs: &[(&str, &str)]) -> String {
    read(pairs).unwrap().warnings.join("\n")
}

#[test]
fn an_empty_environment_is_enough() {
    let config = read(&[]).unwrap();
    assert_eq!(config.listen, "127.0.0.1:8765".parse().unwrap());
    assert_eq!(config.database, DatabasePath::File("wakeup-coach.db".into()));
    assert_eq!((config.seed, config.public_url), (Seed::default(), None));
    assert_eq!(config.warnings, Vec::<String>::new());
    assert!(!config.enforce_stream_signature);
    assert_snapshot!(config.carrier.sentence(), @"Calls stay on the local line, because no carrier is configured (TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, TWILIO_PHONE_NUMBER are not set)");
    assert_snapshot!(config.model.sentence(), @"The built-in coach speaks, because no model is configured (OPENAI_API_KEY is not set)");
}

#[test]
fn the_originals_environment_is_understood() {
    let config = read(&ORIGINAL).unwrap();
    let CarrierChoice::Twilio(twilio) = &config.carrier else { panic!("{:?}", config.carrier) };
    assert_eq!(twilio.account_sid, "AC0123456789abcdef0123456789abcdef");
    assert_eq!(twilio.auth_token.expose_secret(), "canary-token-4711");
    assert_eq!(twilio.api_url.as_str(), "https://api.twilio.com/");
    let ModelChoice::OpenAi(openai) = &config.model else { panic!("{:?}", config.model) };
    assert_eq!((&*openai.realtime_model, &*openai.chat_model), ("gpt-realtime-2.1", "gpt-6-luna"));
    assert_eq!((&*openai.voice, openai.chat_effort.as_deref()), ("marin", Some("none")));
    assert_eq!(config.listen.port(), 8000);
    assert_eq!(config.public_url.unwrap().as_str(), "https://wake.example.com");
    let seed = config.seed;
    assert_eq!(seed.phone_number, PhoneNumber::parse("+4930901820").ok());
    assert_eq!(seed.wake_up_time, Some(jiff::civil::time(6, 30, 0, 0)));
    assert_eq!(seed.zone.as_deref(), Some("Europe/Berlin"));
    assert_eq!(seed.probability.map(crate::domain::mode::Probability::value), Some(0.25));
    assert_eq!(seed.doorbell_timeout, Some(Duration::from_mins(5)));
    assert_eq!(config.warnings, Vec::<String>::new());
    assert_snapshot!(config.carrier.sentence(), @"Calls go through api.twilio.com from +14…71");
    assert_snapshot!(config.model.sentence(), @"gpt-realtime-2.1 speaks in realtime mode and gpt-6-luna writes in traditional mode, at api.openai.com");
}

#[test]
fn empty_variables_are_unset() {
    let empty: Vec<_> = ORIGINAL.iter().map(|(name, _)| (*name, "  ")).collect();
    let config = read(&empty).unwrap();
    assert!(matches!(config.carrier, CarrierChoice::LocalLine { .. }));
    assert_eq!((config.listen.port(), config.seed), (8765, Seed::default()));
}

#[test]
fn every_problem_is_told_at_once() {
    let wrong = [
        ("WAKEUP_COFFEE_CUPS", "5"),
        ("WAKEUP_MACHINE_DETECTION", "maybe"),
        ("BASE_URL", "wake.example.com"),
        ("TWILIO_ACCOUNT_SID", "SK0123456789abcdef0123456789abcdef"),
        ("TWILIO_API_KEY", "SK0123456789abcdef0123456789abcdef"),
        ("OPENAI_API_KEY", "sk canary"),
        ("OPENAI_VOICE", "marin please"),
        ("HOST", "my-machine"),
        ("PORT", "eighty"),
        ("ADMIN_LISTEN", "console"),
        ("ADMIN_TOKEN", "short"),
        ("DATABASE_URL", "postgres://anna:canary@db/wake"),
        ("FALLBACK_URL", "ftp://example.com"),
        ("PHONE_NUMBER", "030 901820"),
        ("WAKE_UP_TIME", "half past six"),
        ("TZ", "Europe/Berln"),
        ("REALTIME_API_PROBABILITY", "75%"),
        ("DOORBELL_ACTIVATION_TIMEOUT", "0"),
        ("RUST_LOG", "wakeup_coach=loud"),
        ("LOG_FORMAT", "xml"),
    ];
    assert_snapshot!(problems(&wrong), @r"
    the configuration has 22 problems:
      WAKEUP_COFFEE_CUPS: is unknown; the known names are WAKEUP_BACKUPS, WAKEUP_BACKUP_DIR, WAKEUP_CALLS_PER_SECOND, WAKEUP_CHAT_EFFORT, WAKEUP_CLOUDFLARED_METRICS, WAKEUP_ENFORCE_STREAM_SIGNATURE, WAKEUP_HISTORY_DAYS, WAKEUP_MACHINE_DETECTION, WAKEUP_NGROK_API, WAKEUP_NOTIFY_NTFY, WAKEUP_NOTIFY_NTFY_TOKEN, WAKEUP_NOTIFY_SECRET, WAKEUP_NOTIFY_WEBHOOK, WAKEUP_SETTLE_SECS, WAKEUP_SNOOZE_KEY, WAKEUP_STOP_GRACE_SECS, WAKEUP_TRANSCRIPT_DAYS, WAKEUP_ZONEINFO
      BASE_URL: `wake.example.com` is not a web address: write it as https://wake.example.com
      TWILIO_AUTH_TOKEN: is missing: a key can place calls, but only the token shows that a webhook is Twilio's
      TWILIO_PHONE_NUMBER: is missing: write the number to call from, such as +14155552671
      TWILIO_ACCOUNT_SID: is not an account's identifier: copy the one that begins with AC (34 characters)
      TWILIO_API_SECRET: is missing, while TWILIO_API_KEY is set: give both or none
      OPENAI_API_KEY: holds blanks or letters that no token has: copy it again, without anything around it
      OPENAI_VOICE: `marin please` is not a name: write it without blanks
      HOST: `my-machine` is not an IP address: write 127.0.0.1 for this machine only, or 0.0.0.0 for every network
      PORT: `eighty` is not a port: write a number up to 65535, such as 8765
      ADMIN_LISTEN: `console` is not an address to listen on: write one such as 127.0.0.1:8766
      PHONE_NUMBER: is not a telephone number in international form: write + and the country code first, such as +14155552671
      WAKE_UP_TIME: `half past six` is not a time of day: write it as 06:30
      TZ: `Europe/Berln` is not a time zone: did you mean Europe/Berlin?
      REALTIME_API_PROBABILITY: `75%` is not a probability: write a number from 0 (never realtime) to 1 (always realtime), such as 0.75
      DOORBELL_ACTIVATION_TIMEOUT: `0` is not a possible number of seconds: write one from 1 to 86400
      DATABASE_URL: PostgreSQL is not supported: write sqlite://wakeup-coach.db
      ADMIN_TOKEN: is too easy to guess: write at least 16 characters, or leave it empty and one is made
      FALLBACK_URL: `ftp://example.com` is not a web address: write an address such as https://example.com/path
      RUST_LOG: `wakeup_coach=loud` is not a filter: write a level such as info, or info,wakeup_coach=debug
      LOG_FORMAT: `xml` is not a format: write text or json
      WAKEUP_MACHINE_DETECTION: `maybe` is neither yes nor no: write true or false
    ");
}

#[test]
fn a_partly_set_carrier_names_what_is_missing() {
    assert_snapshot!(problems(&[("TWILIO_PHONE_NUMBER", "+14155552671")]), @r"
    the configuration has 3 problems:
      TWILIO_ACCOUNT_SID: is missing and belongs to TWILIO_PHONE_NUMBER: copy it from the carrier's console
      TWILIO_AUTH_TOKEN: is missing and belongs to TWILIO_PHONE_NUMBER: copy it from the carrier's console
      BASE_URL: is missing: Twilio must reach this machine, so write the public https address of your tunnel or proxy (or FOLLOW_TUNNEL=true, when ngrok or cloudflared runs here)
    ");
    assert_snapshot!(problems(&with(&[("TWILIO_AUTH_TOKEN", ""), ("TWILIO_API_KEY", "SK1"), ("TWILIO_API_SECRET", "s")])), @r"
    the configuration has a problem:
      TWILIO_AUTH_TOKEN: is missing: a key can place calls, but only the token shows that a webhook is Twilio's
    ");
    assert_snapshot!(problems(&with(&[("TWILIO_API_SECRET", "canary")])), @r"
    the configuration has a problem:
      TWILIO_API_KEY: is missing, while TWILIO_API_SECRET is set: give both or none
    ");
    assert_snapshot!(problems(&[("OPENAI_BASE_URL", "http://127.0.0.1:9000/v1")]), @r"
    the configuration has a problem:
      OPENAI_API_KEY: is missing, while OPENAI_BASE_URL is set: write any word if that server asks for no key
    ");
}

#[test]
fn twilio_must_be_able_to_reach_us() {
    assert_snapshot!(problems(&with(&[("BASE_URL", "")])), @r"
    the configuration has a problem:
      BASE_URL: is missing: Twilio must reach this machine, so write the public https address of your tunnel or proxy (or FOLLOW_TUNNEL=true, when ngrok or cloudflared runs here)
    ");
    assert_snapshot!(problems(&with(&[("BASE_URL", "http://localhost:8765")])), @r"
    the configuration has a problem:
      BASE_URL: says http://localhost:8765, which Twilio cannot reach: write the public address of your tunnel or proxy
    ");
    let near = with(&[("BASE_URL", "http://localhost:8765"), ("TWILIO_API_URL", "http://127.0.0.1:4010")]);
    assert_snapshot!(warnings(&near), @"http://localhost:8765 is not https: Twilio opens no media stream to it, so every call runs in traditional mode");
}

#[test]
fn contradictions_are_problems() {
    let three_addresses =
        [("PUBLIC_URL", "https://other.example.com"), ("PUBLIC_DOMAIN", "wake.example.com")];
    assert_snapshot!(problems(&with(&three_addresses)), @r"
    the configuration has a problem:
      PUBLIC_URL: says https://other.example.com, but BASE_URL says https://wake.example.com: leave one of them empty
    ");
    assert_snapshot!(problems(&with(&[("PHONE_NUMBER", "+1 415 555 2671")])), @r"
    the configuration has a problem:
      PHONE_NUMBER: is the number we call from: write the sleeper's own number
    ");
    assert_snapshot!(problems(&[("ADMIN_LISTEN", "8765")]), @r"
    the configuration has a problem:
      ADMIN_LISTEN: is 127.0.0.1:8765, where the carrier's paths are served: choose another port
    ");
}

#[test]
fn compatible_carriers_may_name_their_accounts_as_they_like() {
    let config = read(&with(&[
        ("TWILIO_API_URL", "https://space.example.com/api/laml"),
        ("TWILIO_ACCOUNT_SID", "b1c2d3e4-0000-4000-8000-000000000000"),
    ]));
    assert!(matches!(config.unwrap().carrier, CarrierChoice::Twilio(_)));
    let two_places =
        with(&[("TWILIO_ACCOUNT_SID", "../Accounts/AC1"), ("TWILIO_API_URL", "http://127.0.0.1:1")]);
    assert_snapshot!(problems(&two_places), @r"
    the configuration has a problem:
      TWILIO_ACCOUNT_SID: cannot stand in an address: copy it again, without anything around it
    ");
}

#[test]
fn a_slip_of_the_pen_is_pointed_out() {
    let slip = [("WAKE_UP_TIM", "06:30"), ("PHONE_NUMBER", "+4930901820"), ("phone_number", "x")];
    assert_snapshot!(warnings(&slip), @"WAKE_UP_TIM is not read: did you mean WAKE_UP_TIME?");
    // What is missing is told first, and then what was probably meant to be it.
    let told = problems(&[("TWILIO_ACCOUNT_SID", "AC1"), ("TWILIO_AUTH_TOKN", "canary")]);
    assert!(told.ends_with("TWILIO_AUTH_TOKN: is not read: did you mean TWILIO_AUTH_TOKEN?"), "{told}");
    let own = problems(&[("WAKEUP_STOP_GRACE_SEC", "3")]);
    assert!(own.ends_with("is unknown; did you mean WAKEUP_STOP_GRACE_SECS?"), "{own}");
}

#[test]
fn oddities_are_warnings() {
    let odd = [
        ("OPENAI_VOICE", "marin"),
        ("WAKE_UP_TIME", "06:30"),
        ("TZ", ":/etc/localtime"),
        ("DATABASE_URL", "\"sqlite://wake.db\""),
        ("FALLBACK_URL", "http://example.com/wake.xml"),
    ];
    assert_snapshot!(warnings(&odd), @r"
    OPENAI_VOICE has no effect without OPENAI_API_KEY
    WAKE_UP_TIME plans nothing by itself: PHONE_NUMBER says whom to wake
    TZ names the file /etc/localtime, not a zone: this machine's own zone is used
    DATABASE_URL stands in quotes; they are taken as wrapping, not as part of it
    FALLBACK_URL is not https: anybody on the way can change what the fallback says
    ");
    let open = [
        ("BASE_URL", "http://wake.example.com"),
        ("OPENAI_BASE_URL", "http://model.example.com/v1"),
        ("TWILIO_API_URL", "http://carrier.example.com"),
    ];
    assert_snapshot!(warnings(&with(&open)), @r"
    TWILIO_API_URL is not https: the account's password travels in the open
    http://wake.example.com is not https: Twilio opens no media stream to it, so every call runs in traditional mode
    OPENAI_BASE_URL is not https: the key and the conversations travel in the open
    ");
}

#[test]
fn the_placeholders_of_an_example_file_are_not_credentials() {
    let untouched = [
        ("TWILIO_ACCOUNT_SID", "your_account_sid"),
        ("TWILIO_AUTH_TOKEN", "your_auth_token"),
        ("TWILIO_PHONE_NUMBER", "your_twilio_number"),
        ("OPENAI_API_KEY", "sk-..."),
        ("BASE_URL", "https://your-domain.com"),
    ];
    assert_snapshot!(problems(&untouched), @r"
    the configuration has 5 problems:
      BASE_URL: still holds the example's placeholder: write the real value, or leave it empty
      TWILIO_ACCOUNT_SID: still holds the example's placeholder: write the real value, or leave it empty
      TWILIO_AUTH_TOKEN: still holds the example's placeholder: write the real value, or leave it empty
      TWILIO_PHONE_NUMBER: still holds the example's placeholder: write the real value, or leave it empty
      OPENAI_API_KEY: still holds the example's placeholder: write the real value, or leave it empty
    ");
}

#[test]
fn zones_are_taken_as_other_programs_write_them() {
    for (text, zone) in [
        (":Europe/Berlin", Some("Europe/Berlin")),
        ("/usr/share/zoneinfo/Europe/Berlin", Some("Europe/Berlin")),
        (":/usr/share/zoneinfo/Europe/Berlin", Some("Europe/Berlin")),
        ("UTC", Some("UTC")),
        (":/etc/localtime", None),
    ] {
        assert_eq!(read(&[("TZ", text)]).unwrap().seed.zone.as_deref(), zone, "{text}");
    }
}

#[test]
fn listening_addresses_are_read_in_their_usual_spellings() {
    for (host, port, admin, expected, expected_admin) in [
        ("localhost", "1", ":2", "127.0.0.1:1", "127.0.0.1:2"),
        ("0.0.0.0", "80", "127.0.0.1:81", "0.0.0.0:80", "127.0.0.1:81"),
        ("::", "80", "[::1]:81", "[::]:80", "[::1]:81"),
        ("[::1]", "0", "0", "[::1]:0", "127.0.0.1:0"),
    ] {
        let config = read(&[("HOST", host), ("PORT", port), ("ADMIN_LISTEN", admin)]).unwrap();
        assert_eq!(
            (config.listen, config.admin_listen),
            (expected.parse().unwrap(), expected_admin.parse().ok())
        );
    }
}

#[test]
fn an_own_zone_database_must_be_usable() {
    let path = std::env::temp_dir().join("wakeup-config-no-such-zoneinfo");
    let pairs = [("WAKEUP_ZONEINFO", path.to_str().unwrap())];
    let environment: Environment = pairs.into_iter().collect();
    let zones = Zones::newest_of(environment.zoneinfo());
    let refused = Config::from_env(&environment, &zones).unwrap_err();
    assert_eq!(refused.0[0].variable, "WAKEUP_ZONEINFO");
    assert!(refused.0[0].message.ends_with("is not a directory that can be read"), "{refused}");
}

#[test]
fn no_secret_is_ever_printed() {
    let secrets = [
        ("TWILIO_AUTH_TOKEN_SECONDARY", "canary-4713"),
        ("TWILIO_API_KEY", "SK1"),
        ("TWILIO_API_SECRET", "canary-4714"),
        ("ADMIN_TOKEN", "canary-4715-4715-4715"),
    ];
    let environment: Environment = with(&secrets).into_iter().collect();
    let config = Config::from_env(&environment, &Zones::bundled()).unwrap();
    let printed =
        format!("{config:?} {environment:?} {} {}", config.carrier.sentence(), config.model.sentence());
    assert!(!printed.contains("canary"), "{printed}");
    assert!(!printed.contains("5552671") && !printed.contains("901820"), "{printed}");
}

#[test]
fn a_file_below_the_environment_is_read_and_what_is_wrong_in_it_is_told() {
    let path = std::env::temp_dir().join(format!("wakeup-config-{}.env", std::process::id()));
    let text = "\u{feff}PORT=9000\n# a comment\nexport HOST='0.0.0.0' # why\nADMIN_TOKEN='$canary$canary$canary'\n\
                export OPENAI_API_KEY=canary=canary canary\nOPENAI_VOICE=canary canary\nnonsense canary\n\
                canary canary=canary\nLOG_FORMAT=json\n";
    fs::write(&path, text).unwrap();
    let mut environment = Environment::default();
    environment.add_file(&path);
    fs::remove_file(&path).unwrap();
    assert_eq!(environment.get("PORT"), Some("9000"));
    assert_eq!(environment.get("HOST"), Some("0.0.0.0"));
    assert_eq!(environment.get("ADMIN_TOKEN"), Some("$canary$canary$canary"));
    assert_eq!(environment.get("LOG_FORMAT"), Some("json"));
    let refused = Config::from_env(&environment, &Zones::bundled()).unwrap_err();
    assert_snapshot!(refused, @r"
    the configuration has 4 problems:
      OPENAI_API_KEY: cannot be read in .env: put its value into single quotes, OPENAI_API_KEY='…'
      OPENAI_VOICE: cannot be read in .env: put its value into single quotes, OPENAI_VOICE='…'
      .env: holds a line that cannot be read: write NAME='value', or begin it with #
      .env: holds a line that cannot be read: write NAME='value', or begin it with #
    ");
}

#[test]
fn no_file_is_no_problem_and_an_unreadable_one_is() {
    let mut environment = Environment::default();
    environment.add_file(&std::env::temp_dir().join("wakeup-config-no-such-file"));
    assert!(environment.unreadable.is_empty());
    environment.add_file(&std::env::temp_dir());
    assert_eq!(environment.unreadable.len(), 1);
}

#[test]
fn the_example_file_names_every_variable_and_decides_nothing() {
    let mut environment = Environment::default();
    environment.add_file(&PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(".env.example"));
    let named: Vec<_> = environment.names().collect();
    let mut known: Vec<_> = reader::all_names().collect();
    known.sort_unstable();
    assert_eq!(named, known);
    let config = Config::from_env(&environment, &Zones::bundled()).unwrap();
    assert_eq!((config.warnings, config.seed), (Vec::<String>::new(), Seed::default()));
}

#[test]
fn the_owners_notifier_is_read_and_what_is_odd_about_it_told() {
    let notify = read(&[
        ("WAKEUP_NOTIFY_WEBHOOK", "https://hooks.example.com/wake"),
        ("WAKEUP_NOTIFY_NTFY", "http://192.168.1.9:8080/mornings"),
        ("WAKEUP_NOTIFY_NTFY_TOKEN", "tk_canary"),
        ("WAKEUP_NOTIFY_SECRET", "whsec_Y2FuYXJ5"),
    ]);
    let notify = notify.unwrap().notify;
    assert_eq!(notify.webhook.as_ref().map(url::Url::as_str), Some("https://hooks.example.com/wake"));
    assert_eq!(notify.ntfy.as_ref().and_then(url::Url::host_str), Some("192.168.1.9"));
    assert!(notify.secret.is_some() && !format!("{notify:?}").contains("canary"));
    assert_snapshot!(
        warnings(&[("WAKEUP_NOTIFY_NTFY", "http://ntfy.sh/mornings")]),
        @"WAKEUP_NOTIFY_NTFY is not https: what it is told travels in the open"
    );
    assert_snapshot!(
        warnings(&[("WAKEUP_NOTIFY_NTFY_TOKEN", "tk_canary")]),
        @"WAKEUP_NOTIFY_NTFY_TOKEN has no effect without WAKEUP_NOTIFY_NTFY"
    );
    assert!(problems(&[("WAKEUP_NOTIFY_WEBHOOK", "hooks.example.com")]).contains("WAKEUP_NOTIFY_WEBHOOK"));
}

#[test]
fn the_snooze_key_is_one_key_or_none() {
    for (text, key) in [("", Some('9')), ("1", Some('1')), ("*", Some('*')), ("off", None)] {
        assert_eq!(read(&[("WAKEUP_SNOOZE_KEY", text)]).unwrap().snooze_key, key, "{text}");
    }
    for wrong in ["12", "#", "a"] {
        assert!(problems(&[("WAKEUP_SNOOZE_KEY", wrong)]).contains("is not a key"), "{wrong}");
    }
}

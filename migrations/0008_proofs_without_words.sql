-- Why a proof counts is what she said; the history keeps the proof's name alone, the reason stays in `proofs`.
UPDATE audit SET detail = substr(detail, 1, instr(detail, ':') - 1)
WHERE what = 'proof' AND instr(detail, ':') > 0;

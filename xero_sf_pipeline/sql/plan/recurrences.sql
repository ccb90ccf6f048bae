-- Gives a write that is due once more an id of its own. The same change can rightly be due again: a case is closed, the
-- payment is deleted, the case reopened, the payment made again. Its first confirmation then belongs to the past, and
-- the new id is the hash of the old one and of that confirmation. In one snapshot it is the same however often planned.
update candidate_writes c
set write_id = left(sha256(c.write_id || ':' || l.attempt_number), 32)
from dispositions d, ledger.current l
where d.write_id = c.write_id and d.state = 'confirmed' and d.refusal is null and l.write_id = c.write_id

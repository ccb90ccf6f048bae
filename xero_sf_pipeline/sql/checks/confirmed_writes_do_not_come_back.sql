-- Grain of an offender: one per planned write that the ledger has as confirmed already: the second plan is not empty.
select w.write_id as record_key, w.kind, w.target_key, c.attempted_at as confirmed_at
from plan.writes w join ledger.current c using (write_id)
where c.state = 'confirmed'

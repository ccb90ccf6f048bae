-- Grain: one row per band of days late, of the invoices that were paid in full. Key: band_rank.
with bands (band_rank, band, from_days, to_days) as (
    values (1, 'over 14 early', -100000, -15), (2, '1–14 early', -14, -1), (3, 'on the day', 0, 0), (4, '1–7 late', 1, 7),
        (5, '8–14 late', 8, 14), (6, '15–30 late', 15, 30), (7, '31–60 late', 31, 60), (8, 'over 60 late', 61, 100000)
)
select b.band_rank, b.band, count(s.invoice_key) as invoice_count
from bands b
left join settled_invoices s on s.days_late between b.from_days and b.to_days
group by all
order by all

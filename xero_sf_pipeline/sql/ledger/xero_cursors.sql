-- Grain: one row per mirrored collection of a Xero tenant. Key: (tenant_id, entity). What changed after watermark_at is
-- not in the mirror, so a look-up before a create asks from there.
select tenant_id, entity, watermark_at from ops.cursors where source = 'xero' and watermark_at is not null

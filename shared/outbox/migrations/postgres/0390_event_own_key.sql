-- Nothing looks for an event by its identifier, nor for a seal by its event: both are read by their place, and what erases reads all
-- events. Yet each event of an import wrote an entry into the index over identifiers and one into that over the events of seals. An
-- identifier has 74 random bits; an event is sealed by whoever takes it out of `event_pending`, which is once.
ALTER TABLE event DROP CONSTRAINT event_event_id_key;
ALTER TABLE seal DROP CONSTRAINT seal_outbox_id_key;

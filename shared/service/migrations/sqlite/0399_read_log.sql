-- Nobody looks reads up by this index: who supervises asks for a subject and all that lies below it, from the end of the log. Yet each read
-- wrote an entry at a place of its own, and all who share a write to the log waited for as many pages as there were enterprises.
DROP INDEX confidential_read_by_subject;

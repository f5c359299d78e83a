-- What organizers recorded as changed: it outranks templates/measures.json until the file is checked later.
CREATE TABLE measure_changes (
  day TEXT NOT NULL,
  -- The proposal's: the second press of the same confirmation writes nothing.
  id TEXT NOT NULL,
  measure TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN (
    'in_force', 'restricted', 'eased', 'not_a_target', 'nothing_found', 'no_longer', 'as_before')),
  since TEXT,
  because TEXT NOT NULL,
  grade TEXT NOT NULL CHECK (grade IN ('A', 'B', 'C')),
  source TEXT NOT NULL,
  PRIMARY KEY (day, id)
) STRICT, WITHOUT ROWID;

-- A proposal may be of a change, as JSON, and not of another source alone.
ALTER TABLE source_proposals ADD COLUMN change TEXT;

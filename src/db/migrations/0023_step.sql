-- What organizers recorded as changed: it outranks templates/measures.json until the file is checked later.
CREATE TABLE measure_changes (
  -- The order in which they were recorded: of two of one day the later counts.
  nr INTEGER PRIMARY KEY,
  -- The proposal's: the second press of the same confirmation writes nothing.
  id TEXT NOT NULL UNIQUE,
  day TEXT NOT NULL,
  measure TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN (
    'in_force', 'restricted', 'eased', 'not_a_target', 'nothing_found', 'no_longer', 'as_before')),
  since TEXT,
  because TEXT NOT NULL,
  grade TEXT NOT NULL CHECK (grade IN ('A', 'B', 'C')),
  source TEXT NOT NULL
) STRICT;

-- A proposal may be of a change, as JSON, and not of another source alone.
ALTER TABLE source_proposals ADD COLUMN change TEXT;

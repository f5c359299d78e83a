-- What is due is found by its time, and not by going through every campaign or source each minute.
CREATE INDEX snapshots_as_of ON snapshots (as_of);
CREATE INDEX snapshots_total ON snapshots (total, as_of);
CREATE INDEX published_letters_as_of ON published_letters (as_of);
CREATE INDEX syncs_due ON syncs (due_at) WHERE phase <> 'idle';

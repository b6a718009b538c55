-- Every look asks which incident a cause has, resolved ones too.
CREATE INDEX incidents_by_cause ON incidents (cause_id, subject);

-- what is asked of one model, till or account is found without reading every event of the name
CREATE INDEX events_by_arguments ON events USING gin (args jsonb_path_ops);

-- Why an inference can be neither paid for nor answered. It is kept, and no longer tried.
ALTER TABLE inferences ADD COLUMN set_aside text;

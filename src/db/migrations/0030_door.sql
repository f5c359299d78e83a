-- What owners have set at the door while asks come in heaps: all of it is read with the load.
ALTER TABLE mail_load ADD COLUMN door_harder INTEGER NOT NULL DEFAULT 0;
ALTER TABLE mail_load ADD COLUMN door_slower INTEGER NOT NULL DEFAULT 0;
ALTER TABLE mail_load ADD COLUMN door_second INTEGER NOT NULL DEFAULT 1;

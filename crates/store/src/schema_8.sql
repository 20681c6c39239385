-- Version 8. Names are listed with their places; the lists of version 7 had none, and are made anew
-- when the store is next opened to write.
DELETE FROM named;

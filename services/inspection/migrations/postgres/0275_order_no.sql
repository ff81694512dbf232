-- Number of the written order to put right what was found; empty where none was entered.
ALTER TABLE visit ADD COLUMN order_no TEXT COLLATE "C" NOT NULL DEFAULT '' CHECK (length(order_no) <= 100);
ALTER TABLE rectification ADD COLUMN order_no TEXT COLLATE "C" NOT NULL DEFAULT '' CHECK (length(order_no) <= 100);

-- Early news has its time every other minute, and the bodies of a recipient are written anew by recipient.
CREATE INDEX mail_news_day ON mail_news (day);
CREATE INDEX recipient_bodies_of ON recipient_bodies (recipient);

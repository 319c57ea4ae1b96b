"""Reports about mails. Their form is that of the examples in RFC 3464 and RFC 5965, and of the
fields that Postfix and Exim write. `dsn/` has reports that were recorded from these servers.
"""

__all__ = ["ADDRESS", "BASE", "arf", "exim_dsn", "mail", "postfix_dsn"]

BASE = "bounces@example.com"
ADDRESS = "bounces+abcdef123456-aaaaaaaaaa@example.com"
_DATE = "Mon, 23 Nov 2026 10:00:00 +0000"


def postfix_dsn(action: str, status: str, address: str = ADDRESS, date: str = _DATE) -> bytes:
    return f"""Date: {date}
From: MAILER-DAEMON@mail.example.net (Mail Delivery System)
To: {address}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="AB12.1700000000/mail.example.net"

This is a MIME-encapsulated message.

--AB12.1700000000/mail.example.net
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--AB12.1700000000/mail.example.net
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.net
X-Postfix-Queue-ID: AB12
Arrival-Date: Mon, 23 Nov 2026 09:59:59 +0000 (UTC)

Final-Recipient: rfc822; someone.else@example.net
Original-Recipient: rfc822;vera@example.net
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 {status} <vera@example.net>: User unknown

--AB12.1700000000/mail.example.net
Content-Description: Undelivered Message Headers
Content-Type: text/rfc822-headers

Return-Path: <{address}>
Subject: Identified: Card payments fail

--AB12.1700000000/mail.example.net--
""".replace("\n", "\r\n").encode()


def exim_dsn(address: str = ADDRESS) -> bytes:
    return f"""Return-path: <>
Envelope-to: {address}
Date: {_DATE}
Auto-Submitted: auto-replied
From: Mail Delivery System <Mailer-Daemon@mail.example.net>
To: {address}
Content-Type: multipart/report; report-type=delivery-status; boundary=1700-eximdsn-12
MIME-Version: 1.0
Subject: Mail delivery failed: returning message to sender

--1700-eximdsn-12
Content-type: text/plain; charset=us-ascii

This message was created automatically by mail delivery software.

--1700-eximdsn-12
Content-type: message/delivery-status

Reporting-MTA: dns; mail.example.net

Action: failed
Final-Recipient: rfc822;vera@example.net
Status: 5.0.0

--1700-eximdsn-12
Content-type: message/rfc822

Return-path: <{address}>
From: Acme <status@example.com>
Subject: Identified: Card payments fail

Text.
--1700-eximdsn-12--
""".encode()


def arf(kind: str, address: str = ADDRESS) -> bytes:
    return f"""From: <abusedesk@example.net>
Date: {_DATE}
Subject: FW: Identified
To: <abuse@example.com>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="part1_13d.2e68ed54_boundary"

--part1_13d.2e68ed54_boundary
Content-Type: text/plain; charset="US-ASCII"

This is an email abuse report.

--part1_13d.2e68ed54_boundary
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: SomeGenerator/1.0
Version: 1
Original-Mail-From: <{address}>

--part1_13d.2e68ed54_boundary
Content-Type: message/rfc822
Content-Disposition: inline

From: <status@example.com>
Subject: Identified: Card payments fail

Text.
--part1_13d.2e68ed54_boundary--
""".encode()


def mail(subject: str, *headers: str, address: str = ADDRESS) -> bytes:
    lines = [f"From: vera@example.net\nTo: {address}\nSubject: {subject}", *headers, "", "Text."]
    return "\n".join(lines).encode()

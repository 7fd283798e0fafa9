//! What the vendor's documents do not say of payment files.

use super::Choices::{Fixed, Number, Words};
use super::Guess;

guesses! {
    REPORT_ACCEPT = "report_accept", "12",
        "Whether a report is given to a request that accepts application/json, as the documents want of every request, or only to one that accepts the report's own type.",
        Words(&["json_too", "report_only"]);
    FILE_FIELDS = "payment_file_fields", "20 #41",
        "The names of the fields of payment files, batches and errors, and what a batch stands at.",
        Fixed("files: paymentFileId, fileName, format, status, uploadedTime; batches: paymentBatchId, paymentFileId, status, supplierBusinessCode, currency, transactionCount, totalAmount, the payments less the refunds; errors: lineNumber, message; a batch stands where its file does, but one without bank accounts is COMPLETE when its file awaits clearance");
    FILE_LAYOUT = "payment_file_layout", "12",
        "How the records of a CSV version 2 file are laid out, the documents showing the H record alone.",
        Fixed("H, community code, date, 2; C, P, B or N, business, CAPTURE or REFUND, amount, customer reference, payment reference, original receipt of a refund, token of a registered account or PayTo agreement, then without a token C: card number, month, year, name; B: BSB, number, name; N: bank, branch, number, suffix, name; T, count of records, sum of amounts");
    FILE_FORMATS = "payment_file_formats", "12",
        "What becomes of files in the other formats, whose layouts are not published.",
        Words(&["rejected", "read_as_csv2"]);
    FILE_CSRF = "payment_file_csrf", "12",
        "What an upload without the header Prevent-CSRF: true is answered.",
        Words(&["400", "403", "accepted"]);
    FILE_NAME_TAKEN = "payment_file_name_taken", "12",
        "What an upload under a name that another file had is answered.", Words(&["422", "409"]);
    FILE_QUEUE = "payment_file_queue_seconds", "12",
        "How many seconds a file is queued, counted from its date if that is still to come.",
        Number { default: 60, min: 0, max: 86_400 };
    FILE_PROCESSING = "payment_file_processing_seconds", "12",
        "How many seconds a file is processed, and again while a PayTo payment of it is pending.",
        Number { default: 60, min: 1, max: 86_400 };
    FILE_WHOLE = "payment_file_errors", "12",
        "What becomes of a file of which one line is wrong.",
        Fixed("it is rejected whole: ERROR, with at most 1000 errors; a declined payment is no error");
    FILE_CLEARANCE = "payment_file_clearance", "12",
        "How long a file awaits clearance.",
        Fixed("until the return windows of its approved bank account payments are over; not at all without one");
    FILE_RESTRICTED = "payment_file_restricted", "12",
        "What of payment files a key with Business restrictions may do.",
        Fixed("upload for its businesses, and see the files uploaded by keys for no other business; batches are seen by their business");
    FILE_REPORTS = "payment_file_reports", "20 #42",
        "The layouts of the four reports of a payment file.",
        Fixed("csv2 and csv are text/csv with a row of headings; flat-file is text/plain, records of 121 characters, H, D and T; mts-rejects is text/plain, 88 characters for every payment of an Australian bank account that was declined or returned");
    FILE_NO_REPORT = "payment_file_report_too_early", "12",
        "What a report on a file that was not worked through, or was rejected, is answered.",
        Words(&["404", "empty"]);
    FILE_SIZE = "payment_file_size", "12",
        "The largest payment file and the longest file name.",
        Fixed("1 MiB with the form around it, and 100 characters");
}

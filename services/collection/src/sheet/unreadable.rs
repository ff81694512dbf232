//! Why a file is refused as a whole.

use super::{LARGEST_FILE, LONGEST_CELL, LONGEST_LINE, MOST_COLUMNS, MOST_LINES};

/// Why a file is refused as a whole. The words are for officers: they say what is wrong, where, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// No bytes.
    #[error("文件是空的")]
    Empty,
    /// Too many bytes.
    #[error("文件超过 {} MB，请拆分后再导入", LARGEST_FILE / 1024 / 1024)]
    TooLarge,
    /// A workbook of before 2007, whatever its name ends with.
    #[error("这是旧版工作簿 .xls，请另存为 .xlsx 后再导入")]
    OldWorkbook,
    /// A workbook that opens with a password only.
    #[error("工作簿已加密，请去掉打开密码后再导入")]
    Encrypted,
    /// A workbook in binary form.
    #[error("这是二进制工作簿 .xlsb，请另存为 .xlsx 后再导入")]
    BinaryWorkbook,
    /// An archive, a text document or a workbook of another kind.
    #[error("这是压缩包或其他文档，不是 .xlsx 工作簿，请打开后把表格另存为 .xlsx 或 .csv")]
    OtherArchive,
    /// A kind of file that holds no table.
    #[error("无法识别的文件格式，请使用 .xlsx 或 .csv")]
    UnknownKind,
    /// UTF-16 that does not say so.
    #[error("这是没有字节序标记的 UTF-16 文本，请另存为 UTF-8 的 .csv")]
    NoMark,
    /// A zero byte.
    #[error("第 {line} 行第 {position} 个字节是空字符(NUL)，不是文本文件或已损坏")]
    Nul {
        /// The line, from 1.
        line: u32,
        /// Position in the line, in bytes from 1.
        position: usize,
    },
    /// The bytes are not text in the encoding that the others are in.
    #[error("第 {line} 行第 {position} 个字节不是有效的 {encoding} 编码，请另存为 UTF-8 的 .csv")]
    Encoding {
        /// What the others are in.
        encoding: &'static str,
        /// The line, from 1.
        line: u32,
        /// Position in the line, in bytes from 1.
        position: usize,
    },
    /// Lines in different encodings, as when files were joined.
    #[error("第 {utf8} 行是 UTF-8 编码，第 {other} 行是 GB18030 编码，请统一另存为 UTF-8 的 .csv")]
    Mixed {
        /// A line in UTF-8.
        utf8: u32,
        /// A line in GB18030.
        other: u32,
    },
    /// A workbook that unpacks to far more than it may.
    #[error("工作簿解压后过大({part})，可能是压缩炸弹，已拒绝")]
    Bomb {
        /// The part of the workbook.
        part: String,
    },
    /// A workbook that is damaged.
    #[error("工作簿已损坏({place})，请用表格软件打开并另存为 .xlsx 后再导入")]
    Damaged {
        /// The part, or sheet and line.
        place: String,
    },
    /// A workbook without a sheet that can be seen.
    #[error("工作簿中没有可见的工作表")]
    NoSheet,
    /// More than one sheet with content: which one is meant is not guessed.
    #[error("有多个工作表含有数据({names})，请每个文件只保留一个工作表")]
    SeveralSheets {
        /// Their names.
        names: String,
    },
    /// Lines that the officer does not see.
    #[error("工作表“{sheet}”有隐藏或被筛选掉的行(第 {lines} 行)，请取消筛选和隐藏，或删除这些行后再导入")]
    Hidden {
        /// The sheet.
        sheet: String,
        /// Which, at most five.
        lines: String,
    },
    /// Columns that the officer does not see.
    #[error("工作表“{sheet}”有隐藏的列({columns})，请取消隐藏，或删除这些列后再导入")]
    HiddenColumns {
        /// The sheet.
        sheet: String,
        /// Which, at most five.
        columns: String,
    },
    /// Merged cells in the table.
    #[error("工作表“{sheet}”中有合并单元格({places})，请取消合并并补全每一行后再导入")]
    Merged {
        /// The sheet.
        sheet: String,
        /// Where, at most five places.
        places: String,
    },
    /// More lines than are read.
    #[error("超过 {MOST_LINES} 行，请拆分后再导入")]
    TooManyLines,
    /// More columns than are read.
    #[error("第 {line} 行超过 {MOST_COLUMNS} 列")]
    TooManyColumns {
        /// The line.
        line: u32,
    },
    /// A quotation mark that is never closed: the lines behind it would be part of the cell.
    #[error("第 {line} 行的引号没有结束，其后各行会被当作同一单元格，请补上右引号或删除该引号")]
    OpenQuote {
        /// Line of the quotation mark.
        line: u32,
    },
    /// Text behind a cell in quotation marks: one of them is missing, or one too many.
    #[error("第 {line} 行的右引号之后还有文字，可能缺少或多出引号；文字中的引号须写作两个引号")]
    AfterQuote {
        /// The line.
        line: u32,
    },
    /// A quotation mark that is never closed, or a cell that is too long.
    #[error("第 {line} 行有超过 {LONGEST_CELL} 个字符的单元格，可能缺少右引号")]
    CellTooLong {
        /// The line.
        line: u32,
    },
    /// More text than a line may have.
    #[error("第 {line} 行的文字合计超过 {LONGEST_LINE} 个字节")]
    LineTooLong {
        /// The line.
        line: u32,
    },
}

//! A file is read in one sitting and a function on one screen.

use crate::source::{File, rust, words};

const FILE_LINES_MAX: usize = 400;
const FUNCTION_LINES_MAX: usize = 70;

fn too_long(files: &[File]) -> Vec<String> {
    let mut wrong = Vec::new();
    for file in files {
        let lines = file.text.lines().count();
        if lines > FILE_LINES_MAX {
            wrong.push(format!("{}: {lines} lines", file.path));
        }
        for at in words(&file.code, "fn") {
            let lines = body_lines(file.code.get(at..).unwrap_or_default());
            if lines > FUNCTION_LINES_MAX {
                wrong.push(format!(
                    "{}:{}: a function of {lines} lines",
                    file.path,
                    file.line_of(at)
                ));
            }
        }
    }
    wrong
}

/// How many lines a function takes, from its `fn` to its closing brace; 0 if it has no body, or is a
/// pointer and has no name.
fn body_lines(code: &str) -> usize {
    if code.starts_with("fn(") {
        return 0;
    }
    let (mut brackets, mut braces) = (0_i32, 0_i32);
    for (at, c) in code.char_indices() {
        match c {
            '(' | '[' => brackets += 1,
            ')' | ']' => brackets -= 1,
            ';' if braces == 0 && brackets == 0 => return 0,
            '{' => braces += 1,
            '}' if braces == 1 => {
                return code.get(..at).unwrap_or_default().matches('\n').count() + 1;
            }
            '}' => braces -= 1,
            _ => {}
        }
    }
    0
}

#[test]
fn files_and_functions_are_short() {
    assert_eq!(too_long(&rust(&["src", "tests", "benches"])), Vec::<String>::new());
}

#[test]
fn planted_lengths_are_seen() {
    let lines = |count| "    step();\n".repeat(count);
    let function =
        |count| format!("pub fn f<A, B>(a: [u8; 2]) -> u8\nwhere\n{{\n{}}}\n", lines(count));
    let file = |text: &str| [File::planted("src/x.rs", text)];
    assert_eq!(too_long(&file(&function(66))), Vec::<String>::new());
    assert_eq!(too_long(&file(&function(67))), ["src/x.rs:1: a function of 71 lines"]);
    assert_eq!(too_long(&file(&lines(400))), Vec::<String>::new());
    assert_eq!(too_long(&file(&lines(401))), ["src/x.rs: 401 lines"]);
    let pointer = format!("type F = fn(u8) -> u8;\nfn g(f: fn(), h: u8) {{}}\n{}", lines(80));
    assert_eq!(too_long(&file(&pointer)), Vec::<String>::new());
}

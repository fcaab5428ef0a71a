//! Claims of a chapter that may turn out false when its trainings are cut short.

/// What stands in a cell, and what the kernel gets instead: the macros of the shared library that panic only as long as
/// no training was cut short.
const INSTEAD: [(&str, &str); 2] = [("assert!", "gradus::claim!"), ("assert_eq!", "gradus::claim_eq!")];

/// The code of a cell with claims that do not end it.
pub fn not_fatal(source: &str) -> String {
    let mut code = source.to_string();
    for (fatal, instead) in INSTEAD {
        code = replaced(&code, fatal, instead);
    }
    code
}

/// Replaces a macro's name where it is not the end of another, such as `debug_assert!`.
fn replaced(code: &str, name: &str, instead: &str) -> String {
    let mut parts = code.split(name);
    let mut done = parts.next().unwrap_or_default().to_string();
    for part in parts {
        let inside = done.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':');
        done.push_str(if inside { name } else { instead });
        done.push_str(part);
    }
    done
}

#[cfg(test)]
mod tests {
    use super::not_fatal;

    #[test]
    fn assertions_become_claims_and_nothing_else_changes() {
        let code = "let a = 1; // it asserts\nassert!(a > 0, \"{a}\");\n    assert_eq!(a, 1);\ndebug_assert!(true);";
        let expected = "let a = 1; // it asserts\ngradus::claim!(a > 0, \"{a}\");\n    gradus::claim_eq!(a, 1);\ndebug_assert!(true);";
        assert_eq!(not_fatal(code), expected);
        assert_eq!(not_fatal("assert!(x)"), "gradus::claim!(x)");
        assert_eq!(not_fatal("std::assert!(x)"), "std::assert!(x)");
        assert_eq!(not_fatal(""), "");
    }
}

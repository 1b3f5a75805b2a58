//! Enums that are tables: each variant is declared once, with its name and its other columns.
//!
//! The names are used in files, in the log and in `docs/`, so they are stable.

/// Declares an enum whose variants are the rows of a table: `Variant = ("name", column, …)`. The first column is the
/// name; the enum's own methods read the others from `row()`.
macro_rules! enum_table {
    (
        $(#[$about:meta])*
        $visibility:vis enum $table:ident: ($($column:ty),+) {
            $($variant:ident = ($name:literal, $($value:expr),+ $(,)?)),+ $(,)?
        }
    ) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        $visibility enum $table {
            $(#[doc = concat!("`", $name, "`")] $variant),+
        }

        impl $table {
            /// All of them, in the order of the table in `docs/`.
            #[allow(dead_code, reason = "not every table is listed by the program itself")]
            $visibility const ALL: &[$table] = &[$($table::$variant),+];

            /// The stable name.
            #[allow(dead_code, reason = "the names of the sentences are for the tests alone")]
            $visibility const fn name(self) -> &'static str {
                match self {
                    $($table::$variant => $name),+
                }
            }

            /// The other columns of its row.
            #[allow(dead_code, reason = "some columns are for `docs/` alone")]
            const fn row(self) -> ($($column,)+) {
                match self {
                    $($table::$variant => ($($value,)+)),+
                }
            }
        }
    };
}

pub(crate) use enum_table;

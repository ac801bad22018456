//! One condition of a rule: the argument, the operator, the numbers.

use super::number::{self, Wrong};
use crate::error::{Error, Kind, Spanned};
use crate::linux::abi::Abi;
use crate::policy::Test;

/// One entry of `args`.
#[derive(Clone, Debug)]
pub struct Arg {
    /// Index of the argument, 0 to 5.
    pub index: u8,
    /// The test on 64 bits that it must satisfy, with the target's values of constants.
    pub test: Test,
    /// The names of constants that stand for its numbers, if some do.
    pub names: Option<Box<Names>>,
}

/// Names of constants in the place of a condition's numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    op: Op,
    /// What stands in the place of `value`.
    pub value: Datum,
    /// What stands in the place of `valueTwo`.
    pub value_two: Datum,
}

/// A number of a condition, as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Datum {
    /// A number.
    Number(u64),
    /// Names of constants, joined by `|`.
    Named(Box<str>),
}

impl Datum {
    fn on(&self, abi: Abi) -> Result<u64, Wrong> {
        match self {
            Datum::Number(number) => Ok(*number),
            Datum::Named(text) => number::value(text, abi),
        }
    }

    /// Returns the constants that are named.
    pub fn constants(&self) -> Vec<&str> {
        match self {
            Datum::Number(_) => Vec::new(),
            Datum::Named(text) => number::names(text).collect(),
        }
    }
}

/// Two conditions are equal if they mean the same on the target.
impl PartialEq for Arg {
    fn eq(&self, other: &Arg) -> bool {
        (self.index, self.test) == (other.index, other.test)
    }
}

impl Eq for Arg {}

/// An operator of `args`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Op {
    Ne,
    Lt,
    Le,
    Eq,
    Ge,
    Gt,
    MaskedEq,
}

/// The OCI names of operators.
pub(crate) const OPS: [(&str, Op); 7] = [
    ("SCMP_CMP_NE", Op::Ne),
    ("SCMP_CMP_LT", Op::Lt),
    ("SCMP_CMP_LE", Op::Le),
    ("SCMP_CMP_EQ", Op::Eq),
    ("SCMP_CMP_GE", Op::Ge),
    ("SCMP_CMP_GT", Op::Gt),
    ("SCMP_CMP_MASKED_EQ", Op::MaskedEq),
];

impl Arg {
    /// Makes a condition (`format`, *Operators* and *Masked comparison*).
    pub(crate) fn new(
        index: Spanned<u64>,
        op: Op,
        value: Spanned<u64>,
        value_two: Option<Spanned<u64>>,
    ) -> Result<Arg, Error> {
        if index.value > 5 {
            let message = format!("`index` must be 0 to 5, not {}", index.value);
            return Err(Error::new(Kind::BadArgIndex, index.span, message)
                .label("a system call has six arguments"));
        }
        Ok(Arg {
            index: index.value as u8,
            test: test(op, value, value_two)?,
            names: None,
        })
    }

    /// Sets what was written in the place of the numbers.
    pub(crate) fn written(self, op: Op, value: Datum, value_two: Datum) -> Arg {
        let named = |datum: &Datum| matches!(datum, Datum::Named(_));
        let names = named(&value) || named(&value_two);
        let names = names.then(|| {
            Box::new(Names {
                op,
                value,
                value_two,
            })
        });
        Arg { names, ..self }
    }

    /// Returns the test with an ABI's values of the constants.
    ///
    /// # Errors
    /// `unknown-constant` if the ABI lacks one, `datum-outside-mask` if its values do not fit.
    pub(crate) fn on(arg: &Spanned<Arg>, abi: Abi) -> Result<Test, Error> {
        let Some(names) = &arg.value.names else {
            return Ok(arg.value.test);
        };
        let number = |datum: &Datum| match datum.on(abi) {
            Ok(value) => Ok(Spanned {
                value,
                span: arg.span,
            }),
            Err(wrong) => Err(Error::new(Kind::UnknownConstant, arg.span, wrong.message)
                .label(wrong.label)
                .note(format!(
                    "write the number that is meant, or remove {} from `architectures`",
                    abi.oci_name()
                ))),
        };
        test(
            names.op,
            number(&names.value)?,
            Some(number(&names.value_two)?),
        )
    }
}

/// Makes the test of an operator and its numbers.
fn test(op: Op, value: Spanned<u64>, value_two: Option<Spanned<u64>>) -> Result<Test, Error> {
    let two = value_two.map_or(0, |two| two.value);
    Ok(match op {
        Op::MaskedEq if two & !value.value == 0 => Test::Masked {
            mask: value.value,
            value: two,
        },
        Op::MaskedEq => {
            let span = value_two.map_or(value.span, |two| two.span);
            let message = format!(
                "`valueTwo` {two:#x} has bits outside the mask `value` {:#x}",
                value.value
            );
            let error = Error::new(Kind::DatumOutsideMask, span, message)
                .label("the condition can never match")
                .note("SCMP_CMP_MASKED_EQ means: (argument & `value`) == `valueTwo`");
            let swapped = value.value & !two == 0;
            return Err(if swapped {
                error.note(format!(
                    "if the two are swapped, write \"value\": {two}, \"valueTwo\": {}",
                    value.value
                ))
            } else {
                error
            });
        }
        _ if two != 0 => {
            let span = value_two.map_or(value.span, |two| two.span);
            let message = "`valueTwo` cannot be used with this operator";
            return Err(Error::new(Kind::ValueTwoWithoutMask, span, message)
                .label("only SCMP_CMP_MASKED_EQ takes two values")
                .note("one condition cannot be a range; every runtime ignores `valueTwo` here"));
        }
        Op::Ne => Test::Ne(value.value),
        Op::Lt => Test::Lt(value.value),
        Op::Le => Test::Le(value.value),
        Op::Eq => Test::Eq(value.value),
        Op::Ge => Test::Ge(value.value),
        Op::Gt => Test::Gt(value.value),
    })
}

//! Arguments as text in which no two of them look alike.

use core::fmt::{self, Write};

use serde::ser::{self, Error as _, Serialize};

use alloc::string::{String, ToString};

/// Appends `arguments` as a JSON array: a tuple as it is, anything else in brackets.
///
/// All values that serde distinguishes differ in the text. Where JSON would lose something, the
/// text is no JSON:
///
/// * NaN and the infinities are `NaN`, `Infinity` and `-Infinity`, not `null`;
/// * a `Some` of something that is `null` itself is `some(null)`;
/// * a key of a map that is no string has no quotes: `{1:"one"}`.
///
/// # Errors
///
/// If the `Serialize` of an argument fails.
pub(super) fn append(
    out: &mut String,
    arguments: &(impl Serialize + ?Sized),
) -> Result<(), Refused> {
    let start = out.len();
    match arguments.serialize(Writer { out })? {
        Written::Tuple => {}
        Written::Unit => out.replace_range(start.., "[]"),
        Written::Null | Written::Value => {
            out.insert(start, '[');
            out.push(']');
        }
    }
    Ok(())
}

/// The message of an argument's `Serialize` that failed.
#[derive(Debug)]
pub(super) struct Refused(String);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl core::error::Error for Refused {}

impl ser::Error for Refused {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

/// The kind of value written; the enclosing writer needs it to place brackets.
enum Written {
    /// `()`, the arguments of a function that takes none.
    Unit,
    /// `null`, or a `some(..)` around one.
    Null,
    Tuple,
    Value,
}

struct Writer<'a> {
    out: &'a mut String,
}

impl<'a> Writer<'a> {
    fn display(self, value: impl fmt::Display) -> Result<Written, Refused> {
        write!(self.out, "{value}").map_err(Refused::custom)?;
        Ok(Written::Value)
    }

    /// Writes a value that JSON can write as it is.
    fn json(self, value: &(impl Serialize + ?Sized)) -> Result<Written, Refused> {
        self.out.push_str(&serde_json::to_string(value).map_err(Refused::custom)?);
        Ok(Written::Value)
    }

    fn float(self, value: f64, finite: impl Serialize) -> Result<Written, Refused> {
        match value {
            _ if value.is_finite() => self.json(&finite),
            _ if value.is_nan() => self.display("NaN"),
            _ if value > 0.0 => self.display("Infinity"),
            _ => self.display("-Infinity"),
        }
    }

    fn items(self, open: &str, close: &'static str, written: Written) -> Items<'a> {
        self.out.push_str(open);
        Items { out: self.out, empty: true, close, written }
    }

    fn variant(self, variant: &str, open: &str, close: &'static str) -> Result<Items<'a>, Refused> {
        self.out.push('{');
        Writer { out: &mut *self.out }.json(variant)?;
        self.out.push(':');
        Ok(self.items(open, close, Written::Value))
    }
}

macro_rules! as_displayed {
    ($($method:ident: $type:ty),*) => {
        $(fn $method(self, value: $type) -> Result<Written, Refused> {
            self.display(value)
        })*
    };
}

impl<'a> ser::Serializer for Writer<'a> {
    type Ok = Written;
    type Error = Refused;
    type SerializeSeq = Items<'a>;
    type SerializeTuple = Items<'a>;
    type SerializeTupleStruct = Items<'a>;
    type SerializeTupleVariant = Items<'a>;
    type SerializeMap = Items<'a>;
    type SerializeStruct = Items<'a>;
    type SerializeStructVariant = Items<'a>;

    as_displayed! {
        serialize_bool: bool,
        serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64,
        serialize_i128: i128,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64,
        serialize_u128: u128
    }

    fn serialize_f32(self, value: f32) -> Result<Written, Refused> {
        self.float(value.into(), value)
    }

    fn serialize_f64(self, value: f64) -> Result<Written, Refused> {
        self.float(value, value)
    }

    fn serialize_char(self, value: char) -> Result<Written, Refused> {
        self.json(&value)
    }

    fn serialize_str(self, value: &str) -> Result<Written, Refused> {
        self.json(value)
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<Written, Refused> {
        self.json(value)
    }

    fn serialize_none(self) -> Result<Written, Refused> {
        self.out.push_str("null");
        Ok(Written::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Written, Refused> {
        let start = self.out.len();
        match value.serialize(Writer { out: &mut *self.out })? {
            Written::Unit | Written::Null => {
                self.out.insert_str(start, "some(");
                self.out.push(')');
                Ok(Written::Null)
            }
            Written::Tuple | Written::Value => Ok(Written::Value),
        }
    }

    fn serialize_unit(self) -> Result<Written, Refused> {
        self.out.push_str("null");
        Ok(Written::Unit)
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<Written, Refused> {
        self.serialize_none()
    }

    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Result<Written, Refused> {
        self.json(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result<Written, Refused> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Written, Refused> {
        let items = self.variant(variant, "", "}")?;
        value.serialize(Writer { out: &mut *items.out })?;
        items.close()
    }

    fn serialize_seq(self, _length: Option<usize>) -> Result<Items<'a>, Refused> {
        Ok(self.items("[", "]", Written::Value))
    }

    fn serialize_tuple(self, _length: usize) -> Result<Items<'a>, Refused> {
        Ok(self.items("[", "]", Written::Tuple))
    }

    fn serialize_tuple_struct(
        self,
        _name: &'static str,
        _length: usize,
    ) -> Result<Items<'a>, Refused> {
        Ok(self.items("[", "]", Written::Value))
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _length: usize,
    ) -> Result<Items<'a>, Refused> {
        self.variant(variant, "[", "]}")
    }

    fn serialize_map(self, _length: Option<usize>) -> Result<Items<'a>, Refused> {
        Ok(self.items("{", "}", Written::Value))
    }

    fn serialize_struct(self, _name: &'static str, _length: usize) -> Result<Items<'a>, Refused> {
        Ok(self.items("{", "}", Written::Value))
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _length: usize,
    ) -> Result<Items<'a>, Refused> {
        self.variant(variant, "{", "}}")
    }
}

/// A list or a map that has been opened.
struct Items<'a> {
    out: &'a mut String,
    empty: bool,
    close: &'static str,
    written: Written,
}

impl Items<'_> {
    fn item(&mut self, value: &(impl Serialize + ?Sized)) -> Result<(), Refused> {
        if !self.empty {
            self.out.push(',');
        }
        self.empty = false;
        value.serialize(Writer { out: &mut *self.out }).map(drop)
    }

    fn value(&mut self, value: &(impl Serialize + ?Sized)) -> Result<(), Refused> {
        self.out.push(':');
        value.serialize(Writer { out: &mut *self.out }).map(drop)
    }

    fn close(self) -> Result<Written, Refused> {
        self.out.push_str(self.close);
        Ok(self.written)
    }
}

macro_rules! lists {
    ($($trait:ident: $method:ident),*) => {
        $(impl ser::$trait for Items<'_> {
            type Ok = Written;
            type Error = Refused;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refused> {
                self.item(value)
            }

            fn end(self) -> Result<Written, Refused> {
                self.close()
            }
        })*
    };
}

lists! {
    SerializeSeq: serialize_element,
    SerializeTuple: serialize_element,
    SerializeTupleStruct: serialize_field,
    SerializeTupleVariant: serialize_field
}

macro_rules! structs {
    ($($trait:ident),*) => {
        $(impl ser::$trait for Items<'_> {
            type Ok = Written;
            type Error = Refused;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), Refused> {
                self.item(name)?;
                self.value(value)
            }

            fn end(self) -> Result<Written, Refused> {
                self.close()
            }
        })*
    };
}

structs!(SerializeStruct, SerializeStructVariant);

impl ser::SerializeMap for Items<'_> {
    type Ok = Written;
    type Error = Refused;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Refused> {
        self.item(key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refused> {
        self.value(value)
    }

    fn end(self) -> Result<Written, Refused> {
        self.close()
    }
}

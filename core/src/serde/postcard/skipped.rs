//! Finds a field that a value's `Serialize` leaves out.

use core::fmt;

use serde::ser::{
    self, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant,
    SerializeTuple, SerializeTupleStruct, SerializeTupleVariant,
};

use alloc::string::{String, ToString};

/// Looks through a value without writing it.
///
/// # Errors
///
/// If a field is left out, as `skip_serializing_if` does. Postcard writes fields by their places
/// alone, so that all those behind it would be read as other ones.
pub(super) fn refuse_skipped(value: &(impl Serialize + ?Sized)) -> Result<(), SkippedField> {
    value.serialize(SkipSearch)
}

/// Why a value has no form in postcard.
#[derive(Debug)]
pub(super) struct SkippedField(String);

impl fmt::Display for SkippedField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl core::error::Error for SkippedField {}

impl ser::Error for SkippedField {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

/// A serializer that writes nothing, and can be each part of a value.
#[derive(Clone, Copy)]
struct SkipSearch;

macro_rules! nothing {
    ($($method:ident($($type:ty),*)),*) => {
        $(fn $method(self, $(_: $type),*) -> Result<(), SkippedField> {
            Ok(())
        })*
    };
}

macro_rules! inside {
    ($($method:ident($($type:ty),*)),*) => {
        $(fn $method(self, $(_: $type),*) -> Result<Self, SkippedField> {
            Ok(self)
        })*
    };
}

impl ser::Serializer for SkipSearch {
    type Ok = ();
    type Error = SkippedField;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Self;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    // As postcard is: a value may be written otherwise for people.
    fn is_human_readable(&self) -> bool {
        false
    }

    nothing! {
        serialize_bool(bool),
        serialize_i8(i8), serialize_i16(i16), serialize_i32(i32), serialize_i64(i64),
        serialize_i128(i128),
        serialize_u8(u8), serialize_u16(u16), serialize_u32(u32), serialize_u64(u64),
        serialize_u128(u128),
        serialize_f32(f32), serialize_f64(f64),
        serialize_char(char), serialize_str(&str), serialize_bytes(&[u8]),
        serialize_none(), serialize_unit(), serialize_unit_struct(&'static str),
        serialize_unit_variant(&'static str, u32, &'static str)
    }

    inside! {
        serialize_seq(Option<usize>),
        serialize_tuple(usize),
        serialize_tuple_struct(&'static str, usize),
        serialize_tuple_variant(&'static str, u32, &'static str, usize),
        serialize_map(Option<usize>),
        serialize_struct(&'static str, usize),
        serialize_struct_variant(&'static str, u32, &'static str, usize)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), SkippedField> {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result<(), SkippedField> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        value: &T,
    ) -> Result<(), SkippedField> {
        value.serialize(self)
    }

    fn collect_str<T: fmt::Display + ?Sized>(self, _text: &T) -> Result<(), SkippedField> {
        Ok(())
    }
}

macro_rules! lists {
    ($($trait:ident: $method:ident),*) => {
        $(impl $trait for SkipSearch {
            type Ok = ();
            type Error = SkippedField;

            fn $method<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), SkippedField> {
                item.serialize(*self)
            }

            fn end(self) -> Result<(), SkippedField> {
                Ok(())
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
        $(impl $trait for SkipSearch {
            type Ok = ();
            type Error = SkippedField;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                _name: &'static str,
                value: &T,
            ) -> Result<(), SkippedField> {
                value.serialize(*self)
            }

            fn skip_field(&mut self, name: &'static str) -> Result<(), SkippedField> {
                Err(ser::Error::custom(format_args!(
                    "the field `{name}` is left out, which postcard cannot express"
                )))
            }

            fn end(self) -> Result<(), SkippedField> {
                Ok(())
            }
        })*
    };
}

structs!(SerializeStruct, SerializeStructVariant);

impl SerializeMap for SkipSearch {
    type Ok = ();
    type Error = SkippedField;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), SkippedField> {
        key.serialize(*self)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), SkippedField> {
        value.serialize(*self)
    }

    fn end(self) -> Result<(), SkippedField> {
        Ok(())
    }
}

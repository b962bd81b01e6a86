//! The bytes of a trace, before gzip.
//!
//! ```text
//! 8 bytes  "HTRACE1\n"
//! u64 LE   number of requests
//! u64 LE   number of distinct keys
//! then, for each request, the LEB128 varint of zigzag(key - key before); before the first is 0
//! ```

const MAGIC: &[u8; 8] = b"HTRACE1\n";

/// Writes `requests` for `distinct` keys.
pub(super) fn encode(requests: &[u32], distinct: usize) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend((requests.len() as u64).to_le_bytes());
    bytes.extend((distinct as u64).to_le_bytes());
    let mut before = 0;
    for &key in requests {
        push_varint(&mut bytes, zigzag(i64::from(key) - before));
        before = i64::from(key);
    }
    bytes
}

/// Reads the requests, and how many distinct keys they have, or says what is wrong with `bytes`.
pub(super) fn decode(bytes: &[u8]) -> Result<(Vec<u32>, usize), &'static str> {
    let bytes = bytes.strip_prefix(MAGIC).ok_or("does not begin as a trace does")?;
    let (count, bytes) = split_u64(bytes)?;
    let (distinct, mut bytes) = split_u64(bytes)?;
    if u32::try_from(distinct).is_err() || distinct > count {
        return Err("has more distinct keys than it may");
    }
    // Each request takes at least a byte, so a count that lies reserves no more than was read.
    let mut requests = Vec::with_capacity((count as usize).min(bytes.len()));
    let (mut before, mut seen) = (0, 0);
    for _ in 0..count {
        let key = before + unzigzag(take_varint(&mut bytes)?);
        if !(0..=seen).contains(&key) || key >= distinct as i64 {
            return Err("has a key that is not numbered by its first appearance");
        }
        seen = seen.max(key + 1);
        before = key;
        requests.push(key as u32);
    }
    match (seen == distinct as i64, bytes) {
        (true, []) => Ok((requests, distinct as usize)),
        (false, _) => Err("has fewer distinct keys than it says"),
        (_, _) => Err("goes on after its last request"),
    }
}

fn split_u64(bytes: &[u8]) -> Result<(u64, &[u8]), &'static str> {
    let (number, rest) = bytes.split_first_chunk().ok_or("ends early")?;
    Ok((u64::from_le_bytes(*number), rest))
}

/// Keys have 32 bits, so the zigzag of a difference has 33 and takes at most 5 bytes.
fn take_varint(bytes: &mut &[u8]) -> Result<u64, &'static str> {
    let mut number = 0;
    for shift in (0..35).step_by(7) {
        let (&byte, rest) = bytes.split_first().ok_or("ends early")?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok(number);
        }
    }
    Err("has a number that is too long")
}

fn push_varint(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)) as u64
}

fn unzigzag(number: u64) -> i64 {
    (number >> 1) as i64 ^ -((number & 1) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three requests for two keys: 0, 1, 0.
    fn small() -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(3_u64.to_le_bytes());
        bytes.extend(2_u64.to_le_bytes());
        bytes.extend([0, 2, 1]);
        bytes
    }

    #[test]
    fn the_format_is_as_documented() {
        assert_eq!(decode(&small()), Ok((vec![0, 1, 0], 2)));
        assert_eq!(encode(&[0, 1, 0], 2), small());
    }

    #[test]
    fn what_is_no_trace_is_refused() {
        let changed = |at: usize, to: u8| {
            let mut bytes = small();
            bytes[at] = to;
            bytes
        };
        let longer = [small(), vec![0]].concat();
        let faults = [
            (changed(0, b'h'), "does not begin"),
            (small()[..20].to_vec(), "ends early"),
            (small()[..26].to_vec(), "ends early"),
            (changed(16, 4), "more distinct keys"),
            (changed(16, 3), "fewer distinct keys"),
            (changed(25, 4), "not numbered"),
            (changed(25, 1), "not numbered"),
            (longer, "goes on"),
            ([&small()[..26], &[0x80; 6]].concat(), "too long"),
        ];
        for (bytes, fault) in faults {
            let error = decode(&bytes).unwrap_err();
            assert!(error.contains(fault), "{error} is not {fault}");
        }
    }
}

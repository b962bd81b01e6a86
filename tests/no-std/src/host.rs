//! What `std` would do on this host: entry point, output, heap, panic handler. C's library serves.

use core::{
    alloc::{GlobalAlloc, Layout},
    ffi::{c_char, c_int, c_void},
    fmt::{self, Write},
    panic::PanicInfo,
};

const STDOUT: c_int = 1;
const STDERR: c_int = 2;

#[link(name = "c")]
unsafe extern "C" {
    fn aligned_alloc(align: usize, size: usize) -> *mut c_void;
    fn free(pointer: *mut c_void);
    fn write(file: c_int, bytes: *const c_void, count: usize) -> isize;
    safe fn abort() -> !;
}

// SAFETY: no other item of the program has this name; C's start-up code calls it as declared.
#[unsafe(no_mangle)]
extern "C" fn main(_argc: c_int, _argv: *const *const c_char) -> c_int {
    let failed = crate::proof();
    let written = match failed {
        0 => writeln!(File(STDOUT), "no_std proof: ok"),
        step => writeln!(File(STDERR), "no_std proof: step {step} failed"),
    };
    c_int::from(failed != 0 || written.is_err())
}

#[panic_handler]
fn panicked(info: &PanicInfo<'_>) -> ! {
    // There is nothing left to tell it to if this fails too.
    let _ = writeln!(File(STDERR), "no_std proof: {info}");
    abort()
}

struct File(c_int);

impl Write for File {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text.as_bytes();
        while !rest.is_empty() {
            // SAFETY: pointer and count are those of a live slice, which `write` only reads.
            let count = unsafe { write(self.0, rest.as_ptr().cast(), rest.len()) };
            match usize::try_from(count) {
                Ok(count @ 1..) => rest = &rest[count..],
                _ => return Err(fmt::Error),
            }
        }
        Ok(())
    }
}

#[global_allocator]
static HEAP: Heap = Heap;

struct Heap;

// SAFETY: `aligned_alloc` returns null or a block of its own, aligned and large enough for the
// layout, which stays valid until `free`; neither unwinds.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // C wants an alignment that a pointer could have, and a size that is a multiple of it.
        let Ok(layout) = layout.align_to(align_of::<*mut c_void>()) else {
            return core::ptr::null_mut();
        };
        let layout = layout.pad_to_align();
        // SAFETY: the alignment is a power of two, and the size a multiple of it.
        unsafe { aligned_alloc(layout.align(), layout.size()).cast() }
    }

    unsafe fn dealloc(&self, block: *mut u8, _layout: Layout) {
        // SAFETY: the caller promises that `block` came from `alloc`, and is not used again.
        unsafe { free(block.cast()) }
    }
}

// The host's `alloc` was compiled to unwind and names these two. Nothing unwinds in a program that
// aborts on panic, so they only have to exist.

// SAFETY: `std`, which defines this name, is not part of the program.
#[unsafe(no_mangle)]
extern "C" fn rust_eh_personality() {}

// SAFETY: the unwinder, which defines this name, is not linked.
#[unsafe(no_mangle)]
extern "C" fn _Unwind_Resume() -> ! {
    abort()
}

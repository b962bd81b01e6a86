"""Steps gdb through the second call of `hit` and counts what it does.

`program`, the name of the binary, is set by the caller.
"""

import re

import gdb

gdb.execute("set pagination off")
gdb.execute("break %s::hit" % program)
gdb.execute("run")
# The breakpoint stops after the prologue; the second one stops before it, where the return address
# is on top of the stack.
block = gdb.block_for_pc(gdb.selected_frame().pc())
while block.function is None or not str(block.function).startswith(program + "::hit"):
    block = block.superblock
gdb.execute("delete")
gdb.execute("break *%d" % block.start)
gdb.execute("continue")
top = gdb.selected_frame().read_register("rsp")
back = int.from_bytes(gdb.selected_inferior().read_memory(top, 8).tobytes(), "little")



def place():
    return gdb.execute("info symbol $pc", to_string=True).split(" + ")[0].strip()


counts = {"instructions": 0, "locked": 0, "library": 0, "indirect": 0}
while gdb.selected_frame().pc() != back:
    text = gdb.execute("x/i $pc", to_string=True).split(":", 1)[1]
    text = re.sub(r"\s+", " ", text).strip()
    step, kind = "stepi", None
    if re.match(r"(call|jmp)q? \*0x[0-9a-f]+\(%rip\)", text):
        # The linker's table of shared libraries.
        step, kind = "nexti", "library"
    elif re.match(r"(call|jmp)q? \*", text):
        kind = "indirect"
    elif text.startswith("lock ") or re.match(r"xchg .*\(", text):
        kind = "locked"
    where = place()
    gdb.execute(step, to_string=True)
    counts["instructions"] += 1
    if kind == "indirect" and text.startswith("jmp") and place() == where:
        # A jump table: a `match`, not a call.
        kind = None
    if kind:
        counts[kind] += 1
        print("| %8s  %s  in %s" % (kind, text, where))
gdb.execute("kill")
print(
    "| hit path: {instructions} instructions, {locked} locked, {library} library calls, "
    "{indirect} indirect calls".format(**counts)
)

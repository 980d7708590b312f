from ledger.standing.columns import Column, Ladders, Rows, Scratch, World

FOREVER: int
VIOLATION: int
VOID: int
WAIVER: int
RUNNING: int
LIFTED: int
WAIVED: int
SANCTIONS: int
ANCHORS: int
DAYS: int
LAPSED: int
BUCKET_SPAN: int

def clear(world: World, lo: int, hi: int) -> None: ...
def live(rows: Rows, ladders: Ladders, world: World, second: World, lo: int, hi: int) -> None: ...
def step(rows: Rows, ladders: Ladders, world: World, hi: int, i: int, is_second: bool) -> None: ...
def expire(rows: Rows, world: World, hi: int, now: int) -> None: ...
def weigh(rows: Rows, world: World, i: int) -> int: ...
def find(column: Column, size: int, key: int) -> int: ...
def insert(column: Scratch, size: int, place: int, value: int) -> None: ...
def fire(
    ladders: Ladders,
    world: World,
    i: int,
    bucket: int,
    edition: int,
    now: int,
    before: int,
    after: int,
) -> None: ...
def judge_again(rows: Rows, ladders: Ladders, second: World, lo: int, hi: int, v: int) -> None: ...
def compare(world: World, second: World, s: int, now: int) -> None: ...

"""How violations count and when milestones fire: RULES §3.2 to §3.4, for one seller.

This file imports nothing, so that the very same source runs as plain Python for one
decision and, compiled by `compiled.py`, for the history of a whole marketplace. Its
functions work on indexable columns (lists or arrays) of whole numbers; instants are
microseconds. `columns.py` names the columns (`rows`, `ladders`, `world`) and sizes the
scratch that a caller owns.

`rows` are a seller's events in log order, which is the order in which they were
recorded: a violation, the void of one, or the waiver of a sanction. `world` is what one
judgement believes while it walks them. There are two: the live one, in which each row
was judged with what was known then, and the second judgement, which walks the same rows
without the violations that were voided. Both are the one fold `record`.
"""
# pyright: basic
# Its types stand in kernel.pyi: here they would have to be imported.

FOREVER = 1 << 62
"""Later than every instant: the end of what has no end, the void of what was not voided."""

VIOLATION, VOID, WAIVER, LEFT_OUT = 0, 1, 2, 3
"""What a row is. Rows from `LEFT_OUT` on are passed over."""

RUNNING, LIFTED, WAIVED = 0, 1, 2
"""How a sanction stands: until its end, or cut short."""

SANCTIONS, ANCHORS, DAYS, LAPSED, WAIVERS, VOIDS = 0, 1, 2, 3, 4, 5
"""Places in `world.used`: how much of each scratch is in use, how far expiry has come, how many
sanctions were waived and how many violations voided.
"""

BUCKET_SPAN = 1 << 40
"""Days of different buckets lie this far apart in one sorted column of keys."""


def clear(world, lo, hi):
    """Make `world` that of a seller of whom nothing is known yet."""
    for i in range(lo, hi):
        world.counted[i] = 0
    for b in range(len(world.value)):
        world.value[b] = 0
        world.judged_by[b] = -1
        world.voids[b] = 0
    for place in range(len(world.used)):
        world.used[place] = 0
    world.used[LAPSED] = lo


def live(rows, ladders, world, second, lo, hi):
    """Walk rows `lo` to `hi` as they happened; `world` then holds the seller's sanctions."""
    clear(world, lo, hi)
    go_on(rows, ladders, world, second, lo, hi, quiet(rows, ladders, world, lo, hi))


def go_on(rows, ladders, world, second, lo, hi, begin):
    """Walk on from row `begin`, where `quiet` stopped."""
    place = world.used[LAPSED]
    for i in range(begin, hi):
        kind = rows.kind[i]
        if kind == VIOLATION:
            now = rows.recorded[i]
            place = lapsed(rows, world, hi, now, place)
            world.used[LAPSED] = place
            record(rows, ladders, world, i, now)
        elif kind == VOID:
            if not subtracts(rows, world, hi, i):
                overturn(rows, ladders, world, second, lo, hi, i)
            place = world.used[LAPSED]
        elif kind == WAIVER:
            expire(rows, world, hi, rows.recorded[i])
            waive(rows, world, i, rows.recorded[i])
            place = world.used[LAPSED]


def quiet(rows, ladders, world, lo, hi):
    """Walk a seller's rows up to the first at which a milestone may be reached; returns it.

    Until then there are only sums to keep, and most sellers never get further. Where
    violations share a day's room or merge, that is not so, and nothing is walked here.
    """
    for b in range(len(world.value)):
        if rows.caps[b] or rows.merges[b]:
            return lo
    place, end = lo, hi
    for i in range(lo, hi):
        now = rows.recorded[i]
        place = lapsed(rows, world, hi, now, place)
        kind = rows.kind[i]
        if kind == VIOLATION:
            bucket = rows.bucket[i]
            weight = rows.weight[i]
            if now < rows.lapse[i]:
                after = world.value[bucket] + weight
                if after >= ladders.lowest[bucket]:
                    end = i
                    break
                world.value[bucket] = after
            world.counted[i] = weight
        elif kind == VOID:
            row = rows.target[i]
            bucket = rows.bucket[row]
            if now < rows.lapse[row]:
                world.value[bucket] -= world.counted[row]
            world.counted[row] = 0
    world.used[LAPSED] = place
    if len(ladders.highest) > 1:
        remember(rows, world, lo, end)
    return end


def remember(rows, world, lo, end):
    """Note which editions judged the rows before `end`, and what was voided among them: where
    there are several editions, both may matter to those that follow.
    """
    for i in range(lo, end):
        if rows.kind[i] == VIOLATION and rows.weight[i] > 0 and rows.recorded[i] < rows.lapse[i]:
            world.judged_by[rows.bucket[i]] = rows.edition[i]
        elif rows.kind[i] == VOID:
            world.voids[rows.bucket[rows.target[i]]] += 1
            world.used[VOIDS] += 1


def record(rows, ladders, world, i, now):
    """One violation is recorded: it adds to its bucket, and milestones may fire."""
    counted = weigh(rows, world, i)
    world.counted[i] = counted
    if counted > 0 and now < rows.lapse[i]:
        bucket = rows.bucket[i]
        before = world.value[bucket]
        after = before + counted
        world.value[bucket] = after
        if after >= ladders.lowest[bucket]:
            fire(ladders, world, i, bucket, rows.edition[i], now, before, after)
        world.judged_by[bucket] = rows.edition[i]


def expire(rows, world, hi, now):
    """Take out of the totals what lapsed by `now`: at its last instant it counts no longer."""
    world.used[LAPSED] = lapsed(rows, world, hi, now, world.used[LAPSED])


def lapsed(rows, world, hi, now, place):
    """The same from one place in the order of lapse on; returns how far it came."""
    while place < hi:
        row = rows.by_lapse[place]
        if rows.lapse[row] > now:
            break
        world.value[rows.bucket[row]] -= world.counted[row]
        place += 1
    return place


# -- how much a violation counts ---------------------------------------------------------


def weigh(rows, world, i):
    """What row `i` counts after merges and caps, given the rows weighed before it."""
    counted = rows.weight[i]
    bucket = rows.bucket[i]
    merges = rows.merges[bucket]
    if not merges and not rows.caps[bucket]:
        return counted
    if merges:
        counted = merged(rows, world, i, counted)
    if rows.caps[bucket]:
        counted = capped(rows, world, i, counted)
    if counted > 0 and merges:
        key = rows.bucket[i] * BUCKET_SPAN + rows.day[i]
        place = find(world.anchor, world.used[ANCHORS], key)
        insert(world.anchor, world.used[ANCHORS], place, key)
        world.used[ANCHORS] += 1
    return counted


def merged(rows, world, i, weight):
    """Nothing, if it lies less than the merge window from one that counts; else its weight."""
    key = rows.bucket[i] * BUCKET_SPAN + rows.day[i]
    size = world.used[ANCHORS]
    place = find(world.anchor, size, key)
    if place < size and world.anchor[place] - key < rows.merge_days[i]:
        return 0
    if place > 0 and key - world.anchor[place - 1] < rows.merge_days[i]:
        return 0
    return weight


def capped(rows, world, i, weight):
    """As much of `weight` as its day still has room for; takes that room."""
    key = rows.bucket[i] * BUCKET_SPAN + rows.day[i]
    size = world.used[DAYS]
    place = find(world.day, size, key)
    if place == size or world.day[place] != key:
        insert(world.day, size, place, key)
        insert(world.taken, size, place, 0)
        world.used[DAYS] = size + 1
    counted = weight
    if rows.cap[i] >= 0:
        counted = max(0, min(weight, rows.cap[i] - world.taken[place]))
    world.taken[place] += counted
    return counted


def find(column, size, key):
    """The first place in a sorted column whose value is not below `key`."""
    low, high = 0, size
    while low < high:
        middle = (low + high) // 2
        if column[middle] < key:
            low = middle + 1
        else:
            high = middle
    return low


def insert(column, size, place, value):
    """Make room at `place`; facts seldom come far out of order, so little moves."""
    for k in range(size, place, -1):
        column[k] = column[k - 1]
    column[place] = value


# -- when a milestone fires --------------------------------------------------------------


def fire(ladders, world, i, bucket, edition, now, before, after):
    """Impose what the milestones of this bucket demand when it goes from `before` to `after`.

    Of several the highest is taken, and if that one may not fire, none does: a suspended
    seller is not also warned.
    """
    slot = edition * ladders.buckets + bucket
    highest, best, best_multiple = 0, -1, 0
    judged_by = world.judged_by[bucket]
    # Then nothing fires that is not crossed.
    calm = world.used[WAIVERS] == 0 and (judged_by == edition or judged_by < 0)
    for rung in range(ladders.first[slot], ladders.first[slot + 1]):
        value, multiple = ladders.threshold[rung], 1
        if after < value:
            continue
        if ladders.every[rung]:
            multiple = after // value
            value *= multiple
        if before >= value and (
            calm or not due_again(ladders, world, rung, multiple, bucket, edition, now)
        ):
            continue
        if not ladders.highest[edition]:
            fire_each(ladders, world, i, bucket, edition, now, before, rung, multiple)
        elif value > highest or (value == highest and not ladders.every[rung]):
            highest, best, best_multiple = value, rung, multiple
    if best >= 0 and may_fire(
        ladders, world, best, best_multiple, bucket, edition, now, before < highest, True
    ):
        impose(ladders, world, i, bucket, now, best, best_multiple)


def fire_each(ladders, world, i, bucket, edition, now, before, rung, top):
    """Every multiple crossed fires, the lowest first; a fixed milestone has only the one."""
    lowest = top
    if ladders.every[rung]:
        lowest = min(top, before // ladders.threshold[rung] + 1)
    for multiple in range(lowest, top + 1):
        crossed = before < multiple * ladders.threshold[rung]
        if may_fire(ladders, world, rung, multiple, bucket, edition, now, crossed, multiple == top):
            impose(ladders, world, i, bucket, now, rung, multiple)


def due_again(ladders, world, rung, multiple, bucket, edition, now):
    """Whether a milestone fires without being crossed.

    It does when its last sanction was waived, or when none of its sanctions runs and its
    threshold was lowered since this bucket was last judged.
    """
    milestone = ladders.milestone[rung]
    last, runs = -1, False
    for s in range(world.used[SANCTIONS]):
        if world.milestone[s] == milestone and world.multiple[s] == multiple:
            last = s
            if world.start[s] <= now < min(world.until[s], world.ended[s]):
                runs = True
    if last >= 0 and world.how[last] == WAIVED and ladders.refire[edition]:
        return True
    return not runs and was_lowered(ladders, rung, bucket, world.judged_by[bucket], edition)


def was_lowered(ladders, rung, bucket, earlier, edition):
    """Whether an earlier edition had this milestone higher, or not at all."""
    if earlier < 0 or earlier == edition:
        return False
    slot = earlier * ladders.buckets + bucket
    for other in range(ladders.first[slot], ladders.first[slot + 1]):
        if ladders.milestone[other] == ladders.milestone[rung]:
            return ladders.threshold[rung] < ladders.threshold[other]
    return True


def may_fire(ladders, world, rung, multiple, bucket, edition, now, crossed, top):
    """Not while a sanction of it without end runs; not by a second crossing where a pack
    says so. Without a crossing only the top multiple fires.
    """
    if crossed and ladders.again[edition] and not ladders.endless[rung]:
        return True
    milestone = ladders.milestone[rung]
    spent = False
    for s in range(world.used[SANCTIONS]):
        if world.milestone[s] == milestone and world.multiple[s] == multiple:
            if world.until[s] == FOREVER and world.ended[s] > now:
                return False
            if world.how[s] == RUNNING and not ladders.again[edition]:
                spent = True
    if crossed and not spent:
        return True
    return top and due_again(ladders, world, rung, multiple, bucket, edition, now)


def impose(ladders, world, i, bucket, now, rung, multiple):
    """A sanction begins now, never earlier, however far back its cause is dated."""
    s = world.used[SANCTIONS]
    world.row[s] = i
    world.bucket[s] = bucket
    world.rung[s] = rung
    world.milestone[s] = ladders.milestone[rung]
    world.multiple[s] = multiple
    world.start[s] = now
    world.until[s] = FOREVER
    if ladders.duration[rung] >= 0:
        world.until[s] = now + ladders.duration[rung]
    world.ended[s] = FOREVER
    world.how[s] = RUNNING
    world.error[s] = 0
    world.used[SANCTIONS] = s + 1


def waive(rows, world, i, now):
    """A waiver ends the sanction that it names.

    Another judgement than the live one may have imposed another in its place: then whatever
    runs of the same milestone ends.
    """
    named = False
    for s in range(world.used[SANCTIONS]):
        if waives(rows, world, i, s) and world.row[s] == rows.target[i]:
            named = True
    for s in range(world.used[SANCTIONS]):
        if not waives(rows, world, i, s) or (named and world.row[s] != rows.target[i]):
            continue
        if world.start[s] <= now < min(world.until[s], world.ended[s]):
            world.ended[s] = now
            world.how[s] = WAIVED
            world.used[WAIVERS] += 1


def waives(rows, world, i, s):
    """Whether waiver `i` is about the milestone of sanction `s`."""
    return world.milestone[s] == rows.milestone[i] and world.multiple[s] == rows.multiple[i]


# -- when a violation is overturned or annulled ------------------------------------------


def overturn(rows, ladders, world, second, lo, hi, v):
    """Row `v` voids a violation: judge the history again without it, and compare.

    The second judgement never imposes anything: it lifts what lost its ground and says
    how long each sanction ran in error.
    """
    now = rows.recorded[v]
    begin, same = lo, 0
    if went_alike(rows, world):
        begin = rows.target[v] + 1
        same = go_alike(rows, world, second, lo, hi, rows.target[v])
    else:
        clear(second, lo, hi)
    walk(rows, ladders, second, begin, hi, v)
    adopt(world, second, lo, v)
    for s in range(same, world.used[SANCTIONS]):
        compare(world, second, s, now)


def subtracts(rows, world, hi, v):
    """Take out what row `v` voids, if that is all there is to do; else say so."""
    now = rows.recorded[v]
    target = rows.target[v]
    bucket = rows.bucket[target]
    expire(rows, world, hi, now)
    world.voids[bucket] += 1
    world.used[VOIDS] += 1
    if not only_subtracts(rows, world, bucket, target):
        return False
    if now < rows.lapse[target]:
        world.value[bucket] -= world.counted[target]
    world.counted[target] = 0
    return True


def only_subtracts(rows, world, bucket, target):
    """Whether no sanction can be touched and nobody's room or merge depends on the target."""
    if rows.caps[bucket] or rows.merges[bucket]:
        return False
    for s in range(world.used[SANCTIONS]):
        own = world.bucket[s] == bucket
        if own and (world.voids[bucket] > 1 or world.row[s] >= target):
            return False
        if not own and world.voids[world.bucket[s]] > 0:
            return False
    return True


def judge_again(rows, ladders, second, lo, hi, v):
    """Walk the rows before `v` as if the violations voided by then had never been."""
    clear(second, lo, hi)
    walk(rows, ladders, second, lo, hi, v)


def walk(rows, ladders, second, begin, hi, v):
    """Walk the rows from `begin` to `v` without the violations voided by then."""
    for i in range(begin, v):
        kind = rows.kind[i]
        if kind == VIOLATION and rows.voided_by[i] > v:
            expire(rows, second, hi, rows.recorded[i])
            record(rows, ladders, second, i, rows.recorded[i])
        elif kind == WAIVER:
            expire(rows, second, hi, rows.recorded[i])
            waive(rows, second, i, rows.recorded[i])
    expire(rows, second, hi, rows.recorded[v])


def went_alike(rows, world):
    """Whether up to the voided violation both judgements are the same: this is the first void,
    nothing was waived, and nothing shares a day or merges.
    """
    for b in range(len(world.value)):
        if rows.caps[b] or rows.merges[b]:
            return False
    return world.used[VOIDS] == 1 and world.used[WAIVERS] == 0


def go_alike(rows, world, second, lo, hi, target):
    """Make `second` what it is when it comes to the voided violation; returns how many sanctions
    it has by then: the same as `world` had.
    """
    now = rows.recorded[target]
    clear(second, target, hi)
    second.used[LAPSED] = lo
    for i in range(lo, target):
        counted = world.counted[i]
        second.counted[i] = counted
        if counted > 0 and rows.recorded[i] < rows.lapse[i]:
            bucket = rows.bucket[i]
            second.judged_by[bucket] = rows.edition[i]
            if rows.lapse[i] > now:
                second.value[bucket] += counted
    place = lo
    while place < hi and rows.lapse[rows.by_lapse[place]] <= now:
        place += 1
    second.used[LAPSED] = place
    same = 0
    while same < world.used[SANCTIONS] and world.row[same] < target:
        second.row[same] = world.row[same]
        second.bucket[same] = world.bucket[same]
        second.milestone[same] = world.milestone[same]
        second.multiple[same] = world.multiple[same]
        second.start[same] = world.start[same]
        second.until[same] = world.until[same]
        second.ended[same] = world.ended[same]
        second.how[same] = world.how[same]
        same += 1
    second.used[SANCTIONS] = same
    return same


def adopt(world, second, lo, v):
    """Take over what counts from the second judgement; the sanctions stay those imposed."""
    for i in range(lo, v):
        world.counted[i] = second.counted[i]
    for b in range(len(world.value)):
        world.value[b] = second.value[b]
    for k in range(second.used[ANCHORS]):
        world.anchor[k] = second.anchor[k]
    for k in range(second.used[DAYS]):
        world.day[k] = second.day[k]
        world.taken[k] = second.taken[k]
    world.used[ANCHORS] = second.used[ANCHORS]
    world.used[DAYS] = second.used[DAYS]


def compare(world, second, s, now):
    """Lift sanction `s` if the second judgement has none in its place; measure its error."""
    until = min(world.until[s], world.ended[s])
    end = min(until, now)
    covered, reached, sustained = 0, world.start[s], False
    for other in range(second.used[SANCTIONS]):
        if (
            second.milestone[other] != world.milestone[s]
            or second.multiple[other] != world.multiple[s]
        ):
            continue
        other_until = min(second.until[other], second.ended[other])
        if second.start[other] <= now < other_until:
            sustained = True
        begin = max(second.start[other], reached)
        finish = min(other_until, end)
        if finish > begin:
            covered += finish - begin
            reached = finish
    if world.start[s] <= now < until and not sustained:
        world.ended[s] = now
        world.how[s] = LIFTED
    world.error[s] = max(0, end - world.start[s]) - covered

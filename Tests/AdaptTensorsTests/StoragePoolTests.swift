import AdaptTensors
import Testing

struct StoragePoolTests {
  @Test func aBufferIsUsedAgain() {
    let pool = StoragePool(floor: 1 << 20)
    let first = pool.take(1000)
    pool.give(first.base, capacity: first.capacity)
    #expect(pool.keptBytes == first.capacity * 4)
    let again = pool.take(first.capacity)
    #expect(again.base == first.base)
    #expect(pool.keptBytes == 0)
    pool.give(again.base, capacity: again.capacity)
  }

  /// What is kept and what is in use stay below the most that was in use at one time.
  @Test func neverHoldsMoreThanWasInUse() {
    let pool = StoragePool(floor: 0)
    let small = (0..<8).map { _ in pool.take(1 << 10) }
    for buffer in small { pool.give(buffer.base, capacity: buffer.capacity) }
    #expect(pool.keptBytes == 8 * 4096)
    let large = pool.take(6 << 10)
    #expect(pool.keptBytes == 2 * 4096)
    pool.give(large.base, capacity: large.capacity)
    #expect(pool.keptBytes == 8 * 4096)
    // The large one makes room first: it is worth most.
    let other = pool.take(3 << 10)
    #expect(pool.keptBytes == 2 * 4096)
    pool.give(other.base, capacity: other.capacity)
  }

  @Test func aFloorIsKeptWithoutHavingBeenInUse() {
    let pool = StoragePool(floor: 1 << 20)
    let one = pool.take(1 << 10)
    pool.give(one.base, capacity: one.capacity)
    let two = pool.take(2 << 10)
    pool.give(two.base, capacity: two.capacity)
    #expect(pool.keptBytes == 3 * 4096)
  }
}

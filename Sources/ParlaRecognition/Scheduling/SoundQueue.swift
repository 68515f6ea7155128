/// Sound that waits for its turn, as it came: floating-point numbers in [-1, 1] or integers of 16 bits.
struct SoundQueue: Sendable {
  private enum Piece: Sendable {
    case numbers(ArraySlice<Float>)
    case integers(ArraySlice<Int16>)
  }

  private var pieces: [Piece] = []

  /// How many samples wait.
  private(set) var count = 0

  mutating func append(_ numbers: [Float]) {
    pieces.append(.numbers(numbers[...]))
    count += numbers.count
  }

  mutating func append(int16 integers: [Int16]) {
    pieces.append(.integers(integers[...]))
    count += integers.count
  }

  /// Takes the next `wanted` samples, or as many as there are.
  mutating func take(_ wanted: Int) -> [Float] {
    var taken: [Float] = []
    taken.reserveCapacity(min(wanted, count))
    var used = 0
    while taken.count < wanted, used < pieces.count {
      let missing = wanted - taken.count
      switch pieces[used] {
      case .numbers(let numbers):
        taken += numbers.prefix(missing)
        pieces[used] = .numbers(numbers.dropFirst(missing))
        if numbers.count <= missing { used += 1 }
      case .integers(let integers):
        taken += integers.prefix(missing).map { Float($0) / 32768 }
        pieces[used] = .integers(integers.dropFirst(missing))
        if integers.count <= missing { used += 1 }
      }
    }
    pieces.removeFirst(used)
    count -= taken.count
    return taken
  }
}

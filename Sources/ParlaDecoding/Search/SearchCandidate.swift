/// A prefix that may be in the beam after this frame: a node of the tree, or a new child of one.
struct SearchCandidate {
  /// Orders candidates by score, and among equals by label, smaller first, the empty prefix last.
  let key: UInt64

  private let place: Int32

  /// The prefix of `node`.
  init(node: Int32, label: Int32, score: Float) {
    key = Self.key(label: label, score: score)
    place = node
  }

  /// The prefix of `parent` and `label`, for which there is no node yet.
  init(childOf parent: Int32, label: Int32, score: Float) {
    key = Self.key(label: label, score: score)
    place = ~parent
  }

  /// The node, unless the candidate is a new child.
  var node: Int32? { place >= 0 ? place : nil }

  /// The parent of a new child.
  var parent: Int32 { ~place }

  /// The last label of the prefix.
  var label: Int32 { Int32(bitPattern: UInt32.max - UInt32(truncatingIfNeeded: key)) }

  /// The log probability of the prefix.
  var score: Float {
    let bits = UInt32(truncatingIfNeeded: key >> 32)
    return Float(bitPattern: bits & 0x8000_0000 == 0 ? ~bits : bits & 0x7FFF_FFFF)
  }

  /// The score's bits so turned that they sort as the score does, over the inverted label.
  private static func key(label: Int32, score: Float) -> UInt64 {
    let bits = (score + 0).bitPattern  // + 0: minus zero is as good as zero
    let sortable = bits & 0x8000_0000 == 0 ? bits | 0x8000_0000 : ~bits
    return UInt64(sortable) << 32 | UInt64(UInt32.max - UInt32(bitPattern: label))
  }
}

extension [SearchCandidate] {
  /// Moves the `count` best candidates to the front, in no special order.
  ///
  /// Hoare's quickselect (1961) with the median of three as pivot.
  mutating func moveBestToFront(_ count: Int) {
    var (low, high) = (0, self.count - 1)
    while low < high {
      let boundary = partition(low, high)
      if count <= boundary { high = boundary } else { low = boundary + 1 }
      if low == count { return }
    }
  }

  /// Divides low...high so that nothing after the returned index is better than what is up to it.
  private mutating func partition(_ low: Int, _ high: Int) -> Int {
    let keys = (self[low].key, self[low + (high - low) / 2].key, self[high].key)
    let pivot = Swift.max(Swift.min(keys.0, keys.1), Swift.min(Swift.max(keys.0, keys.1), keys.2))
    var (left, right) = (low, high)
    while true {
      while self[left].key > pivot { left += 1 }
      while self[right].key < pivot { right -= 1 }
      guard left < right else { return right }
      swapAt(left, right)
      left += 1
      right -= 1
    }
  }
}

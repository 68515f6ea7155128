import ParlaLanguageModel

/// The words that a scorer lets through: a deterministic automaton over labels, read in place.
///
/// An arc carries a label of the alphabet plus one (0 is OpenFst's epsilon); with an alphabet a word
/// ends with the space, in bytes mode with its last byte. The name is the original's; shared endings
/// make it smaller than a trie.
@safe public struct LexiconTrie: @unchecked Sendable {
  /// No state: the lexicon does not know such a beginning.
  static let none: Int32 = -1

  /// The state before a word.
  let start: Int32

  /// The number of states.
  public let stateCount: Int

  /// The number of arcs.
  public let arcCount: Int

  /// The largest label of an arc.
  let largestLabel: Int

  /// The labels that words end with.
  let lastLabels: Set<Int>

  /// The bytes from the header to the last arc.
  let range: Range<Int>

  private let memory: ModelMemory
  private let states: UnsafeRawPointer
  private let arcs: UnsafeRawPointer

  /// Uses the automaton whose header is at byte `offset` of `memory`, after checking all of it.
  ///
  /// - Throws: `DecodingError.malformedScorer`.
  init(memory: ModelMemory, from offset: Int) throws(DecodingError) {
    let header = try unsafe ConstFSTHeader(memory.bytes, from: offset, path: memory.path)
    let layout = header.layout(from: offset)
    guard unsafe layout.end <= memory.bytes.count, let base = unsafe memory.bytes.baseAddress else {
      throw .malformedScorer(
        path: memory.path, found: unsafe "\(memory.bytes.count) bytes",
        expected: "at least \(layout.end) for the lexicon")
    }
    self.memory = memory
    range = offset..<layout.end
    start = Int32(header.start)
    stateCount = header.stateCount
    arcCount = header.arcCount
    unsafe states = base + layout.states
    unsafe arcs = base + layout.arcs
    let audit = try unsafe Self.audit(header, states, arcs, path: memory.path)
    largestLabel = audit.largestLabel
    lastLabels = audit.lastLabels
  }

  /// The state after `label` in `state`, that of the next word's beginning if a word is complete;
  /// `none` if no word continues this way.
  @inline(__always)
  func state(after label: Int32, in state: Int32) -> Int32 {
    let next = arcTarget(label, in: state)
    return next != Self.none && isFinal(next) ? start : next
  }

  /// The state that the arc for `label` leads to, final or not.
  func arcTarget(_ label: Int32, in state: Int32) -> Int32 {
    guard state != Self.none else { return Self.none }
    let arcs = arcRange(of: state)
    var (low, high) = (arcs.lowerBound, arcs.upperBound)
    while low < high {
      let middle = low + (high - low) / 2
      let found = self.label(ofArc: middle)
      if found == label { return target(ofArc: middle) }
      if found < label { low = middle + 1 } else { high = middle }
    }
    return Self.none
  }

  /// Whether a word is complete in `state`.
  func isFinal(_ state: Int32) -> Bool {
    unsafe states.loadUnaligned(
      fromByteOffset: Int(state) * ConstFSTHeader.stateSize, as: Float.self)
      != .infinity
  }

  /// The arcs that leave `state`.
  @inline(__always)
  func arcRange(of state: Int32) -> Range<Int> {
    let offset = Int(state) * ConstFSTHeader.stateSize
    let first = unsafe Int(states.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self))
    let count = unsafe Int(states.loadUnaligned(fromByteOffset: offset + 8, as: UInt32.self))
    return first..<first + count
  }

  /// The label of an arc.
  @inline(__always)
  func label(ofArc arc: Int) -> Int32 {
    unsafe arcs.loadUnaligned(fromByteOffset: arc * ConstFSTHeader.arcSize, as: Int32.self) - 1
  }

  func target(ofArc arc: Int) -> Int32 {
    unsafe arcs.loadUnaligned(fromByteOffset: arc * ConstFSTHeader.arcSize + 12, as: Int32.self)
  }
}

// MARK: - Words

extension LexiconTrie {
  /// Whether the lexicon has the word that `labels` spell, the closing space included.
  func contains(_ labels: some Sequence<Int>) -> Bool {
    var state = start
    for label in labels {
      state = arcTarget(Int32(label), in: state)
      guard state != Self.none else { return false }
    }
    return isFinal(state)
  }

  /// Calls `body` with the labels of each word, the closing space included, in the order of labels.
  ///
  /// - Throws: `DecodingError.malformedScorer` when a word is longer than the lexicon has states:
  ///   the automaton runs in a circle.
  func forEachWord(_ body: ([Int]) -> Void) throws(DecodingError) {
    var labels: [Int] = []
    var pending = [arcRange(of: start)]
    while let arcs = pending.popLast() {
      guard let arc = arcs.first else {
        if !labels.isEmpty { labels.removeLast() }
        continue
      }
      pending.append(arcs.dropFirst())
      let next = target(ofArc: arc)
      labels.append(Int(label(ofArc: arc)))
      guard labels.count < stateCount else {
        throw .malformedScorer(
          path: memory.path, found: "a lexicon that runs in a circle", expected: "words that end")
      }
      if isFinal(next) { body(labels) }
      pending.append(arcRange(of: next))
    }
  }

  /// Reads every state and arc once, so that the search may trust them.
  private static func audit(
    _ header: ConstFSTHeader, _ states: UnsafeRawPointer, _ arcs: UnsafeRawPointer, path: String
  ) throws(DecodingError) -> (largestLabel: Int, lastLabels: Set<Int>) {
    let broken = { (found: String, expected: String) in
      DecodingError.malformedScorer(path: path, found: found, expected: expected)
    }
    var (largestLabel, lastLabels) = (0, Set<Int>())
    var total = 0
    for state in 0..<header.stateCount {
      let place = state * ConstFSTHeader.stateSize
      let first = unsafe Int(states.loadUnaligned(fromByteOffset: place + 4, as: UInt32.self))
      let count = unsafe Int(states.loadUnaligned(fromByteOffset: place + 8, as: UInt32.self))
      total += count
      guard first + count <= header.arcCount, total <= header.arcCount else {
        throw broken(
          "a lexicon whose state \(state) has arcs \(first)..<\(first + count)",
          "arcs below \(header.arcCount)")
      }
      var previous: Int32 = 0
      for arc in first..<first + count {
        let place = arc * ConstFSTHeader.arcSize
        let label = unsafe arcs.loadUnaligned(fromByteOffset: place, as: Int32.self)
        let next = unsafe arcs.loadUnaligned(fromByteOffset: place + 12, as: Int32.self)
        guard label > previous else {
          throw broken(
            "a lexicon with label \(label) after \(previous) in state \(state)",
            "labels from 1 on that rise")
        }
        guard next >= 0, next < header.stateCount else {
          throw broken(
            "a lexicon with an arc to state \(next)", "states below \(header.stateCount)")
        }
        previous = label
        largestLabel = max(largestLabel, Int(label) - 1)
        let weight = unsafe states.loadUnaligned(
          fromByteOffset: Int(next) * ConstFSTHeader.stateSize, as: Float.self)
        if weight != .infinity { lastLabels.insert(Int(label) - 1) }
      }
    }
    return (largestLabel, lastLabels)
  }
}

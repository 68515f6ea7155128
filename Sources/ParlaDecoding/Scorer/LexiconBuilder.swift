/// Builds the smallest deterministic automaton of a word list.
///
/// Daciuk, Mihov, Watson and Watson 2000, "Incremental construction of minimal acyclic finite-state
/// automata", algorithm 1: words come in order, and a state is shared as soon as no later word can
/// change it. Memory is that of the result, not of the word list's trie.
struct LexiconBuilder {
  private struct PendingState {
    /// Label and target of each arc; the last target is not known before its state is complete.
    var arcs: [Int32] = []
    var isFinal = false
  }

  /// Complete states, a state's targets before itself: end of its arcs in `arcs`, final or not.
  private var arcEnds: [Int] = []
  private var finals: [Bool] = []
  private var arcs: [Int32] = []
  private var registered: [[Int32]: Int32] = [:]

  /// The states along the last word, the start first.
  private var path = [PendingState()]
  private var lastWord: [Int32] = []

  /// The automaton of `words`, each a list of labels, in a form that OpenFst's `ConstFst` reads when
  /// it begins at byte `offset` of a file: padding depends on that.
  static func build(_ words: some Sequence<[Int32]>, offset: Int) -> [UInt8] {
    var builder = LexiconBuilder()
    for word in Set(words).sorted(by: { $0.lexicographicallyPrecedes($1) }) { builder.add(word) }
    return builder.finish(offset: offset)
  }

  /// Adds `word`, which comes after all before it in the order of labels.
  private mutating func add(_ word: [Int32]) {
    let common = zip(word, lastWord).prefix { $0 == $1 }.count
    completePath(downTo: common)
    for label in word[common...] {
      path[path.count - 1].arcs += [label, LexiconTrie.none]
      path.append(PendingState())
    }
    path[path.count - 1].isFinal = true
    lastWord = word
  }

  private mutating func completePath(downTo depth: Int) {
    while path.count > depth + 1 {
      let state = path.removeLast()
      let target = complete(state)
      path[path.count - 1].arcs[path[path.count - 1].arcs.count - 1] = target
    }
  }

  /// The number of a state equal to `state`: an old one if there is one.
  private mutating func complete(_ state: PendingState) -> Int32 {
    let key = state.arcs + [state.isFinal ? 1 : 0]
    if let known = registered[key] { return known }
    let number = Int32(arcEnds.count)
    arcs += state.arcs
    arcEnds.append(arcs.count)
    finals.append(state.isFinal)
    registered[key] = number
    return number
  }

  /// States are numbered backwards, so that the start is 0 and every arc leads upwards.
  private mutating func finish(offset: Int) -> [UInt8] {
    completePath(downTo: 0)
    _ = complete(path[0])
    let header = ConstFSTHeader(stateCount: arcEnds.count, arcCount: arcs.count / 2)
    let layout = header.layout(from: offset)
    var bytes = header.encoded
    bytes.reserveCapacity(layout.end - offset)
    pad(&bytes, to: layout.states - offset)
    var first = 0
    for state in arcEnds.indices.reversed() {
      let count = (arcEnds[state] - arcStart(state)) / 2
      bytes += littleEndian((finals[state] ? Float(0) : .infinity).bitPattern)
      bytes += littleEndian(UInt32(first)) + littleEndian(UInt32(count)) + littleEndian(UInt64(0))
      first += count
    }
    pad(&bytes, to: layout.arcs - offset)
    for state in arcEnds.indices.reversed() {
      for arc in stride(from: arcStart(state), to: arcEnds[state], by: 2) {
        let label = littleEndian(arcs[arc] + 1)
        let target = Int32(arcEnds.count - 1) - arcs[arc + 1]
        bytes += label + label + littleEndian(Float(0).bitPattern) + littleEndian(target)
      }
    }
    return bytes
  }

  private func arcStart(_ state: Int) -> Int { state == 0 ? 0 : arcEnds[state - 1] }

  private func pad(_ bytes: inout [UInt8], to count: Int) {
    bytes += repeatElement(0, count: count - bytes.count)
  }
}

import ParlaTranscripts

/// A deterministic automaton of the label sequences that a grammar allows.
struct GrammarAutomaton: Sendable, Equatable {
  /// No state: the grammar has no such beginning.
  static let none: Int32 = -1

  /// The state before the first word.
  let start: Int32

  /// Where the arcs of each state begin; one more than there are states.
  private let firstArcs: [Int32]
  private let labels: [Int32]
  private let targets: [Int32]
  private let accepting: [Bool]

  init(start: Int32, arcs: [[(label: Int32, target: Int32)]], accepting: [Bool]) {
    self.start = start
    self.accepting = accepting
    var firstArcs: [Int32] = [0]
    for state in arcs { firstArcs.append((firstArcs.last ?? 0) + Int32(state.count)) }
    self.firstArcs = firstArcs
    labels = arcs.flatMap { $0.map(\.label) }
    targets = arcs.flatMap { $0.map(\.target) }
  }

  /// How many states there are.
  var stateCount: Int { accepting.count }

  /// Whether a sentence may end in `state`.
  func accepts(_ state: Int32) -> Bool { accepting[Int(state)] }

  /// The labels that may follow in `state`.
  func labels(after state: Int32) -> ArraySlice<Int32> { labels[arcs(of: state)] }

  /// The state after `label` in `state`; `none` if it must not follow.
  func state(after label: Int32, in state: Int32) -> Int32 {
    guard state != Self.none else { return Self.none }
    return arcs(of: state).first { labels[$0] == label }.map { targets[$0] } ?? Self.none
  }

  private func arcs(of state: Int32) -> Range<Int> {
    Int(firstArcs[Int(state)])..<Int(firstArcs[Int(state) + 1])
  }
}

/// Builds the automaton of sentences: first one with free moves (Thompson 1968, "Regular expression
/// search algorithm"), in which every word begins with its space, then by its sets of states a
/// deterministic one (Rabin and Scott 1959).
struct GrammarBuilder {
  private struct State {
    var free: [Int32] = []
    var arcs: [(label: Int32, target: Int32)] = []
  }

  private let path: String
  private let alphabet: Alphabet?
  private let space: [Int32]
  private var states = [State(), State()]

  private static let start: Int32 = 0
  private static let end: Int32 = 1
  private static let mostStates = 1_000_000

  init(path: String, alphabet: Alphabet?) {
    self.path = path
    self.alphabet = alphabet
    space = if let alphabet { alphabet.spaceLabel.map { [Int32($0)] } ?? [] } else { [31] }
  }

  /// Allows `sentence`.
  mutating func add(_ sentence: GrammarPart) throws(DecodingError) {
    let last = try append(sentence, to: Self.start)
    states[Int(last)].free.append(Self.end)
  }

  /// Allows any sequence of `words`.
  mutating func add(sequencesOf words: [String]) throws(DecodingError) {
    // All words begin and end in one state, so that there are few sets of states.
    let between = try addState()
    states[Int(Self.start)].free.append(between)
    states[Int(between)].free.append(Self.end)
    for word in words {
      var last = between
      let labels = space + (try labels(of: word))
      for (index, label) in labels.enumerated() {
        let next = index == labels.count - 1 ? between : try addState()
        states[Int(last)].arcs.append((label, next))
        last = next
      }
    }
  }

  /// Appends `part` to the paths that lead to `state`; returns where it ends.
  private mutating func append(
    _ part: GrammarPart, to state: Int32
  ) throws(DecodingError) -> Int32 {
    switch part {
    case .word(let word):
      var last = state
      for label in space + (try labels(of: word)) {
        let next = try addState()
        states[Int(last)].arcs.append((label, next))
        last = next
      }
      return last
    case .sequence(let parts):
      var last = state
      for part in parts { last = try append(part, to: last) }
      return last
    case .choice(let parts):
      let end = try addState()
      for part in parts {
        let begin = try addState()
        states[Int(state)].free.append(begin)
        let last = try append(part, to: begin)
        states[Int(last)].free.append(end)
      }
      return end
    }
  }

  private mutating func addState() throws(DecodingError) -> Int32 {
    guard states.count < 4 * Self.mostStates else {
      throw .largeGrammar(path: path, stateCount: states.count, largest: Self.mostStates)
    }
    states.append(State())
    return Int32(states.count - 1)
  }

  private func labels(of word: String) throws(DecodingError) -> [Int32] {
    guard let alphabet else { return word.utf8.map { Int32($0) - 1 } }
    do { return try alphabet.encode(word).map(Int32.init) } catch {
      throw .unwritable(word, characters: alphabet.unknownCharacters(in: word)) {
        alphabet.unknownCharacters(in: $0).isEmpty
      }
    }
  }

  /// The automaton of all sentences; the first word's space counts as written.
  func finish() throws(DecodingError) -> GrammarAutomaton {
    var first = closure([Self.start])
    if let label = space.first { first = closure(targets(of: first)[label] ?? []) }
    var numbers: [[Int32]: Int32] = [first: 0]
    var pending = [first]
    var arcs: [[(label: Int32, target: Int32)]] = []
    var accepting: [Bool] = []
    while arcs.count < pending.count {
      let set = pending[arcs.count]
      var row: [(label: Int32, target: Int32)] = []
      for (label, moved) in targets(of: set).sorted(by: { $0.key < $1.key }) {
        let target = closure(moved)
        let number = numbers[target] ?? Int32(numbers.count)
        if number == numbers.count {
          numbers[target] = number
          pending.append(target)
        }
        row.append((label, number))
      }
      arcs.append(row)
      accepting.append(set.contains(Self.end))
      guard arcs.count <= Self.mostStates else {
        throw .largeGrammar(path: path, stateCount: arcs.count, largest: Self.mostStates)
      }
    }
    return GrammarAutomaton(start: 0, arcs: arcs, accepting: accepting)
  }

  private func targets(of set: [Int32]) -> [Int32: [Int32]] {
    var targets: [Int32: [Int32]] = [:]
    for state in set {
      for arc in states[Int(state)].arcs { targets[arc.label, default: []].append(arc.target) }
    }
    return targets
  }

  /// `set` and what can be reached from it by free moves, in order.
  private func closure(_ set: [Int32]) -> [Int32] {
    var reached = Set(set)
    var pending = set
    while let state = pending.popLast() {
      for next in states[Int(state)].free where reached.insert(next).inserted {
        pending.append(next)
      }
    }
    return reached.sorted()
  }
}

import ParlaLanguageModel

/// What the language model knows of a prefix: its complete units, as far as they still matter.
struct UnitContext {
  var state: NGramState

  /// How many known units the context ends with, up to the model's order.
  var knownCount: Int

  /// The hot-word boosts of the last units, newest first.
  var boosts: SIMD8<Float> = .zero
}

/// What a unit adds to a prefix.
struct UnitScore {
  let word: WordIndex

  /// Whether the language model knows the unit, or it was added to the scorer.
  let isKnown: Bool

  /// Natural logarithm of the unit's probability after those before it.
  let naturalLogProbability: Double

  /// The boost of the unit itself.
  let ownBoost: Float

  /// The boosts of all hot words among the units that the language model looks at.
  let boost: Float

  /// What the unit costs for being unknown.
  let penalty: Double
}

/// The contexts of all prefixes, which share them until the next unit is complete.
struct UnitContexts {
  /// No context, when there is no scorer.
  static let none: Int32 = -1

  private var contexts: [UnitContext] = []
  private var referenceCounts: [Int32] = []
  private var free: [Int32] = []

  /// How many contexts are held.
  var count: Int { contexts.count - free.count }

  subscript(_ index: Int32) -> UnitContext { contexts[Int(index)] }

  /// Holds `context`, referred to once.
  mutating func add(_ context: UnitContext) -> Int32 {
    guard let index = free.popLast() else {
      contexts.append(context)
      referenceCounts.append(1)
      return Int32(contexts.count - 1)
    }
    contexts[Int(index)] = context
    referenceCounts[Int(index)] = 1
    return index
  }

  /// Refers to `index` once more.
  mutating func retain(_ index: Int32) -> Int32 {
    referenceCounts[Int(index)] += 1
    return index
  }

  /// Takes back one reference to `index`.
  mutating func release(_ index: Int32) {
    guard index != Self.none else { return }
    referenceCounts[Int(index)] -= 1
    if referenceCounts[Int(index)] == 0 { free.append(index) }
  }
}

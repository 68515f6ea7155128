public import ParlaLanguageModel

/// The discounts for the counts of n-grams of one order: one each for counts 1, 2, and 3 or more.
public struct KneserNeyDiscounts: Sendable, Equatable {
  private let one: Float
  private let two: Float
  private let three: Float

  /// The discounts for counts 1, 2, and 3 or more.
  public var values: [Float] { [one, two, three] }

  /// Makes discounts for counts 1, 2, and 3 or more; missing ones repeat the last one.
  ///
  /// - Throws: `LanguageModelError.invalidOption` unless each is in [0, count].
  public init(_ values: [Float]) throws(LanguageModelError) {
    let isInRange = zip(values, [1, 2, 3] as [Float]).allSatisfy { $0 >= 0 && $0 <= $1 }
    guard let last = values.last, values.count <= 3, isInRange else {
      let found = values.map { "\($0)" }.joined(separator: ",")
      throw LanguageModelError.invalidOption(
        name: "--discount-fallback", found: found,
        expected: "one to three numbers, for counts 1, 2 and 3 or more, each from 0 to its count")
    }
    self.init(unchecked: values + Array(repeating: last, count: 3 - values.count))
  }

  private init(unchecked values: [Float]) {
    (one, two, three) = (values[0], values[1], values[2])
  }

  /// The values that lmplz falls back to: 0.5, 1, 1.5.
  public static let fallback = KneserNeyDiscounts(unchecked: [0.5, 1, 1.5])

  /// The closed form of Chen and Goodman (1998), equation 26, from the counts of counts.
  init(_ counts: CountStatistics) throws(DiscountFailure) {
    for count in 1...3 where counts.countsOfCounts[count] == 0 {
      throw .noCounts(count: count)
    }
    let n = counts.countsOfCounts.map { Float($0) }
    let once = Double(counts.countsOfCounts[1])
    let y = n[1] / Float(once + 2.0 * Double(counts.countsOfCounts[2]))
    var values: [Float] = []
    for count in 1...3 {
      let value = Float(count) - Float(count + 1) * y * n[count + 1] / n[count]
      guard value >= 0, value <= Float(count) else {
        throw .outOfRange(count: count, discount: value)
      }
      values.append(value)
    }
    self.init(unchecked: values)
  }

  /// What is subtracted from `count`.
  @inline(__always) subscript(count: UInt64) -> Float {
    switch count {
    case 0: 0
    case 1: one
    case 2: two
    default: three
    }
  }
}

/// How many n-grams of one order there are, and how many of them have small counts.
struct CountStatistics: Sendable, Equatable {
  /// All n-grams, the pruned ones as well.
  var count = 0
  /// Those that stay.
  var keptCount = 0
  /// At index j, how many n-grams have adjusted count j; pruned ones as well.
  var countsOfCounts = [UInt64](repeating: 0, count: 5)

  @inline(__always) mutating func add(adjustedCount: UInt64, isPruned: Bool) {
    count += 1
    if !isPruned { keptCount += 1 }
    if adjustedCount < 5 { countsOfCounts[Int(adjustedCount)] += 1 }
  }

  /// Adds what was counted of other n-grams of the same order.
  mutating func add(_ other: CountStatistics) {
    count += other.count
    keptCount += other.keptCount
    for index in countsOfCounts.indices { countsOfCounts[index] += other.countsOfCounts[index] }
  }
}

/// What happens where the closed form of the discounts fails, as it does on little text.
public enum DiscountFallback: Sendable, Equatable {
  /// These discounts are used for this order, and the summary says so.
  case use(KneserNeyDiscounts)
  /// The estimation ends with `LanguageModelError.noDiscounts`.
  case refuse
}

/// The discounts of one order, and why they are not the closed form, if they are not.
struct ChosenDiscounts: Sendable {
  let discounts: KneserNeyDiscounts
  let failure: DiscountFailure?

  /// The closed form for `counts`, else `fallback`.
  init(_ counts: CountStatistics, order: Int, fallback: DiscountFallback) throws(LanguageModelError)
  {
    do {
      discounts = try KneserNeyDiscounts(counts)
      failure = nil
    } catch {
      guard case .use(let values) = fallback else {
        throw .noDiscounts(order: order, reason: error)
      }
      discounts = values
      failure = error
    }
  }
}

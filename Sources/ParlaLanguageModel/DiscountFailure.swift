/// Why the closed form has no solution for the discounts.
public enum DiscountFailure: Error, Equatable, CustomStringConvertible {
  /// No n-gram has this adjusted count.
  case noCounts(count: Int)
  /// The discount for this count is not between 0 and the count.
  case outOfRange(count: Int, discount: Float)

  /// The reason, as part of a sentence.
  public var description: String {
    switch self {
    case .noCounts(let count): "none of them has an adjusted count of \(count)"
    case .outOfRange(let count, let discount):
      "the one for count \(count) would be \(discount), outside of 0 to \(count)"
    }
  }
}

/// A problem in a description, without the file and line, which the caller knows.
public struct DescriptionProblem: Error, Equatable, CustomStringConvertible {
  /// Which of the described things it is, counted from 0; nil for the description as a whole.
  public var item: Int?

  /// The field that is wrong; nil for the item itself.
  public var field: String?

  /// What was found.
  public var found: String

  /// What should.
  public var expected: String

  /// The known names, if `found` is an unknown name.
  public var known: [String]

  /// Says what was found in place of what was expected.
  public init(
    item: Int? = nil, field: String? = nil, found: String, expected: String, known: [String] = []
  ) {
    self.item = item
    self.field = field
    self.found = found
    self.expected = expected
    self.known = known
  }

  /// What was found and what was expected.
  public var description: String { "found \(found), expected \(expected)" }

  /// The same problem, of item `index`.
  public func of(item index: Int) -> DescriptionProblem {
    var problem = self
    problem.item = problem.item ?? index
    return problem
  }
}

public import Testing

/// Records an issue unless `actual` has as many values as `expected`, each within `absolute + relative * |expected|`.
public func expectClose(
  _ actual: [Float], _ expected: [Float], absolute: Float = 0, relative: Float = 0,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  guard actual.count == expected.count else {
    Issue.record(
      "\(actual.count) values, expected \(expected.count)", sourceLocation: sourceLocation)
    return
  }
  var worst = (index: -1, excess: Float(0))
  for index in actual.indices where actual[index] != expected[index] {
    let difference = abs(actual[index] - expected[index])
    let excess = difference - (absolute + relative * abs(expected[index]))
    if excess > worst.excess || difference.isNaN { worst = (index, excess) }
    if difference.isNaN { break }
  }
  if worst.index >= 0 {
    Issue.record(
      "value \(worst.index) is \(actual[worst.index]), expected \(expected[worst.index])",
      sourceLocation: sourceLocation)
  }
}

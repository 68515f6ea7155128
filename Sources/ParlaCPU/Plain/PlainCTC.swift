import ParlaPlatform

/// CTC as the paper writes it, in double precision: what the kernel is held against.
enum PlainCTC {
  /// -ln p(labels | logits) of one sequence.
  ///
  /// Graves, Fernández, Gomez and Schmidhuber 2006, eqs. 6 to 8, with log probabilities.
  static func loss(logits: [[Double]], labels: [Int32]) -> Double {
    guard let first = logits.first else { return labels.isEmpty ? 0 : .infinity }
    let blank = first.count - 1
    let path = [blank] + labels.flatMap { [Int($0), blank] }
    let y = logits.map(logSoftmax)
    var alpha = [Double](repeating: -.infinity, count: path.count)
    alpha[0] = y[0][blank]
    if path.count > 1 { alpha[1] = y[0][path[1]] }
    for t in logits.indices.dropFirst() {
      alpha = path.indices.map { s in
        var before = [alpha[s]]
        if s >= 1 { before.append(alpha[s - 1]) }
        if s >= 2, path[s] != blank, path[s] != path[s - 2] { before.append(alpha[s - 2]) }
        return y[t][path[s]] + logSumExp(before)
      }
    }
    return -logSumExp(Array(alpha.suffix(2)))
  }

  private static func logSoftmax(_ x: [Double]) -> [Double] {
    let sum = logSumExp(x)
    return x.map { $0 - sum }
  }

  private static func logSumExp(_ x: [Double]) -> Double {
    guard let largest = x.max(), largest > -.infinity else { return -.infinity }
    return largest + log(x.reduce(0) { $0 + exp($1 - largest) })
  }
}

/// All n-grams of a model as its ARPA file lists them: what binaries are built from.
package struct NGramTable {
  package let path: String
  package var words = WordList()

  /// Whether the file has a unigram for the unknown word; otherwise `probabilities[0]` is a default.
  package var hasUnknown = false

  /// One of each order, from unigrams on.
  ///
  /// The unigrams are in the order of their words' indices.
  package var orders: [NGramList] = []

  package var order: Int { orders.count }

  /// The words of n-gram `index` of `order`, oldest first, for messages.
  package func text(order: Int, _ index: Int) -> String {
    text(orders[order - 1].words[(index * order)..<((index + 1) * order)])
  }

  /// The words with these indices, newest first, as text with the oldest first.
  package func text(_ indices: some BidirectionalCollection<WordIndex>) -> String {
    indices.reversed().map { words.string(Int($0)) }.joined(separator: " ")
  }
}

/// The n-grams of one order.
package struct NGramList {
  package let order: Int

  /// `order` word indices for each n-gram, the newest word first.
  package var words: [WordIndex] = []

  /// Log10 probabilities, at most 0.
  package var probabilities: [Float] = []

  /// Log10 backoffs, -0.0 where there is none.
  ///
  /// Empty for the longest order.
  package var backoffs: [Float] = []

  /// The line of the first n-gram, and the n-grams that follow an empty line: the positions of n-grams in the file.
  package var firstLine = 0
  package var blankLines: [Int] = []

  package var count: Int { probabilities.count }

  /// The line of n-gram `index`.
  package func line(of index: Int) -> Int {
    firstLine + index + blankLines.count { $0 <= index }
  }
}

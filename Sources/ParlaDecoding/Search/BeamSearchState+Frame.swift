import ParlaPlatform

/// In the order of the data: every prefix stays, or is extended to other prefixes that the tree
/// has, or to new ones; the best make the next beam.
extension BeamSearchState {
  mutating func advance() {
    contenders.removeAll(keepingCapacity: true)
    lowestScore = lowestScoreOfFrame()
    stayOnPrefixes()
    extendToKnownPrefixes()
    scorePrefixes()
    extendToNewPrefixes(above: scoreToBeat())
    if contenders.count > decoder.beamWidth {
      contenders.moveBestToFront(decoder.beamWidth)
      contenders.removeSubrange(decoder.beamWidth...)
    }
    // A frame that nothing in the lexicon agrees with (possible with exact zeros) is passed over.
    if contenders.isEmpty { return }
    nameSurvivors()
    dropOthers()
    updateSurvivors()
  }

  /// A blank, or the last label again, leaves a prefix as it is.
  private mutating func stayOnPrefixes() {
    let (labels, lowestScore) = (labels, lowestScore)
    tree.update(beam) { node, _ in
      node.stay(
        label: node.label == PrefixTree.noLabel
          ? -.infinity : labels.logProbability[Int(node.label)],
        blank: labels.blankLogProbability, lowestScore: lowestScore)
    }
  }

  /// A label leads to a prefix that is in the beam on its own, or was once.
  private mutating func extendToKnownPrefixes() {
    let scoring = scoring
    for index in beam {
      var child = tree[index].firstChild
      while child != PrefixTree.none {
        let label = tree[child].label
        let score = weighed(
          extensionScore(of: index, by: label), of: index, by: label, to: child, scoring)
        if tree[child].isLive {
          tree[child].emit(score)
        } else if score > -.infinity {
          contenders.append(SearchCandidate(node: child, label: label, score: score))
        }
        child = tree[child].nextSibling
      }
    }
  }

  /// The log probability of `prefix` followed by `label`; only after a blank can a label follow
  /// itself.
  func extensionScore(of prefix: Int32, by label: Int32) -> Float {
    labels.logProbability[Int(label)]
      + (tree[prefix].label == label ? tree[prefix].blank : tree[prefix].score)
  }

  private mutating func scorePrefixes() {
    let labels = labels
    var found: [SearchCandidate] = []
    swap(&found, &contenders)
    tree.update(beam) { node, index in
      if node.isEmittedNow, node.newNonBlank < node.newBlank {
        node.isEmittedNow = labels.blankPrecedes(Int(node.label))
      }
      let score = logSum(node.newBlank, node.newNonBlank)
      if score > -.infinity {
        found.append(SearchCandidate(node: index, label: node.label, score: score))
      }
    }
    swap(&found, &contenders)
  }

  /// The score below which no new prefix can enter the beam.
  private mutating func scoreToBeat() -> Float {
    guard contenders.count >= decoder.beamWidth else { return -.infinity }
    contenders.moveBestToFront(decoder.beamWidth)
    contenders.removeSubrange(decoder.beamWidth...)
    return contenders.reduce(.infinity) { min($0, $1.score) }
  }

  private mutating func extendToNewPrefixes(above scoreToBeat: Float) {
    for label in parentOfLabel.indices { parentOfLabel[label] = PrefixTree.none }
    let scoring = scoring
    let largestGain = largestGainOfFrame()
    let viable = labelsThatMayEnter(above: scoreToBeat, scoring)
    for index in beam where tree[index].score + largestGain >= scoreToBeat {
      if labelCount <= UInt64.bitWidth {
        let rest = openLabels(of: index, scoring) & viable
        extend(index, by: rest, scoring, above: scoreToBeat)
      } else {
        extendByTrial(index, scoring, above: scoreToBeat)
      }
    }
  }

  /// At most how much a label can raise the score of a prefix at this frame.
  private func largestGainOfFrame() -> Float {
    guard let likeliest = labels.byProbability.first else { return -.infinity }
    let letters = labels.logProbability[Int(likeliest)] + (scoring?.gainOfLetters ?? 0)
    guard let scoring, let label = scoring.dividingLabel else { return letters + phraseGain }
    return max(letters, labels.logProbability[Int(label)] + scoring.largestGain) + phraseGain
  }

  /// The labels that can lead at least the best prefix into the beam, a bit each; most frames have few.
  private mutating func labelsThatMayEnter(
    above scoreToBeat: Float, _ scoring: UnitScoring?
  ) -> UInt64 {
    guard labelCount <= UInt64.bitWidth else { return 0 }
    let best = beam.reduce(-Float.infinity) { max($0, tree[$1].score) }
    var bits: UInt64 = 0
    for label in labels.byProbability {
      // A little more than the sum, for the rounding of scores up to 1024.
      let bound = labels.logProbability[Int(label)] + gain(of: label, scoring) + 0.001
      largestGains[Int(label)] = bound
      if bound + best >= scoreToBeat { bits |= 1 << UInt64(label) }
    }
    return bits
  }

  /// At most how much units and phrases raise a score by `label`.
  private func gain(of label: Int32, _ scoring: UnitScoring?) -> Float {
    guard let scoring else { return phraseGain }
    // The word before may raise the score.
    return phraseGain
      + (label == scoring.dividingLabel ? scoring.largestGain : scoring.gainOfLetters)
  }

  /// Extends the prefix of `index` by the labels of `bits`.
  private mutating func extend(
    _ index: Int32, by bits: UInt64, _ scoring: UnitScoring?, above scoreToBeat: Float
  ) {
    var rest = bits
    let prefixScore = tree[index].score
    while rest != 0 {
      let label = Int32(truncatingIfNeeded: rest.trailingZeroBitCount)
      rest &= rest &- 1
      guard largestGains[Int(label)] + prefixScore >= scoreToBeat else { continue }
      contend(index, scoring, label: label, gain: gain(of: label, scoring), above: scoreToBeat)
    }
  }

  /// The labels that may follow the prefix of `index` and have no child, a bit each.
  private mutating func openLabels(of index: Int32, _ scoring: UnitScoring?) -> UInt64 {
    if let open = tree[index].openLabels { return open }
    var open = labelsThatMayFollow(index, scoring)
    var child = tree[index].firstChild
    while child != PrefixTree.none {
      open &= ~(1 << UInt64(tree[child].label))
      child = tree[child].nextSibling
    }
    tree[index].openLabels = open
    return open
  }

  private func labelsThatMayFollow(_ index: Int32, _ scoring: UnitScoring?) -> UInt64 {
    if let grammar {
      return grammar.labels(after: tree[index].grammarState).reduce(0) { $0 | 1 << UInt64($1) }
    }
    guard let scoring else { return (1 << UInt64(labelCount - 1)) - 1 }
    return scoring.labels(after: tree[index], count: labelCount - 1)
  }

  /// Extends the prefix of `index` by any label that the scorer allows, when there are many labels.
  private mutating func extendByTrial(
    _ index: Int32, _ scoring: UnitScoring?, above scoreToBeat: Float
  ) {
    var child = tree[index].firstChild
    while child != PrefixTree.none {
      parentOfLabel[Int(tree[child].label)] = index
      child = tree[child].nextSibling
    }
    if let scoring {
      extend(index, scoring, above: scoreToBeat)
      return
    }
    let prefixScore = tree[index].score
    for label in labels.byProbability {
      if labels.logProbability[Int(label)] + prefixScore + phraseGain < scoreToBeat { break }
      if parentOfLabel[Int(label)] != index, isAllowed(label, after: index) {
        contend(index, nil, label: label, gain: phraseGain, above: scoreToBeat)
      }
    }
  }

  private func isAllowed(_ label: Int32, after prefix: Int32) -> Bool {
    guard let grammar else { return true }
    return grammar.state(after: label, in: tree[prefix].grammarState) != GrammarAutomaton.none
  }

  /// Gives each survivor its node and tokens, while its parent's are still those of the last frame.
  private mutating func nameSurvivors() {
    (beam, oldBeam) = (oldBeam, beam)
    beam.removeAll(keepingCapacity: true)
    for candidate in contenders {
      let index = candidate.node ?? tree.addChild(label: candidate.label, of: candidate.parent)
      if candidate.node == nil || !tree[index].isLive {
        tree[index].newBlank = -.infinity
        tree[index].newNonBlank = candidate.score
        tree[index].isEmittedNow = true
      }
      if candidate.node == nil { enterUnits(index) }
      tree[index].newHistory =
        tree[index].isEmittedNow
        ? histories.append(
          label: candidate.label, frame: frame,
          logProbability: labels.logProbability[Int(candidate.label)],
          to: tree[tree[index].parent].history,
          endingFrame: tree[tree[index].parent].lastLabelFrame)
        : tree[index].history
      tree[index].score = candidate.score
      tree[index].frame = frame
      tree[index].isLive = true
      beam.append(index)
    }
  }

  private mutating func dropOthers() {
    for index in oldBeam where tree[index].frame != frame { drop(index) }
  }

  private mutating func updateSurvivors() {
    let best = beam.reduce(-Float.infinity) { max($0, tree[$1].score) }
    // A multiple of 1024 is taken off without rounding, since the scores are of that size.
    let rebase = best < -1024 ? (best / 1024).rounded(.up) * 1024 : 0
    scoreOffset += Double(rebase)
    for index in beam {
      if tree[index].newHistory != tree[index].history {
        histories.release(tree[index].history)
        tree[index].history = tree[index].newHistory
      }
      tree[index].settle(frame: frame, rebase: rebase)
    }
  }
}

extension PrefixTree.Node {
  /// Continues with a blank, or with the last label again, of these log probabilities.
  fileprivate mutating func stay(label: Float, blank: Float, lowestScore: Float) {
    isEmittedNow = false
    newBlank = blank + score < lowestScore ? -.infinity : blank + score
    newNonBlank = label + score < lowestScore ? -.infinity : label + nonBlank
  }

  /// Adds the alignments that come from the parent, of log probability `score`.
  fileprivate mutating func emit(_ score: Float) {
    isEmittedNow = newNonBlank < score
    newNonBlank = logSum(newNonBlank, score)
  }

  /// Makes the new frame's log probabilities the last one's, less `rebase`.
  fileprivate mutating func settle(frame: Int32, rebase: Float) {
    if isEmittedNow || newNonBlank > newBlank { lastLabelFrame = frame }
    blank = newBlank - rebase
    nonBlank = newNonBlank - rebase
    score -= rebase
  }
}

/// ln(e^x + e^y) in `Float`, as the original computes it.
private func logSum(_ x: Float, _ y: Float) -> Float {
  let (larger, smaller) = x > y ? (x, y) : (y, x)
  // Below -17.4, 1 + e^difference is 1 in `Float`; it is so too where one or both are -infinity.
  guard smaller - larger > -18 else { return larger }
  return log(1 + exp(smaller - larger)) + larger
}

// @ts-check
/** An estimate of how many syllables a line has, from its letters alone. What is sung may differ by one here and there. */

const vowels = /[aeiouyàáâãäåæèéêëìíîïòóôõöøùúûüýÿāăąēėęěīįıōőœūůűųơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹаеёиоуыэюяіїєαεηιουωάέήίόύώϊϋΐΰ]+/giu;
const small = /[ゃゅょぁぃぅぇぉャュョァィゥェォーっッんン]/gu;

/** @param {string} line */
export function syllables(line) {
  return line.split(/[\s\-—…]+/u).reduce((sum, word) => sum + ofWord(word.toLowerCase()), 0);
}

/** @param {string} word */
function ofWord(word) {
  /** @param {RegExp} pattern */
  const count = (pattern) => word.match(pattern)?.length ?? 0;
  if (!/[\p{L}\p{N}]/u.test(word)) return 0;
  const signs = count(/[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}]/gu);
  if (signs) return Math.max(1, signs - count(small));
  // Scripts of syllables: every consonant that no sign silences, and every vowel of its own.
  const indic = count(/[\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Thai}]/gu);
  if (indic) return Math.max(1, count(/\p{Lo}/gu) - 2 * count(/[\u094D\u09CD\u0BCD\u0C4D]/gu));
  // Scripts that leave short vowels out: about two letters a syllable.
  const bare = count(/[\p{Script=Arabic}\p{Script=Hebrew}]/gu);
  if (bare) return Math.max(1, Math.round(count(/\p{L}/gu) / 2));
  const groups = count(vowels);
  const silent = groups > 1 && /[^aeiouy]e$/u.test(word.replace(/[^\p{L}]/gu, "")) && !/[^aeiouy]le$/u.test(word) ? 1 : 0;
  return Math.max(1, groups - silent);
}

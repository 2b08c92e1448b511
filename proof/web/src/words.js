// Every sentence of the page, in English and in Chinese.
import reasons from '../../vectors/reasons.json' with { type: 'json' };
import { REASONS_ZH } from './reasons-zh.js';

export const LANGUAGES = ['en', 'zh'];

/** By key: English, Chinese. What stands in braces is put in. */
export const SENTENCES = {
  title: ['Check a bill of lading', '查验提单'],
  subtitle: [
    'OneBill. Everything happens in this page: no network, no account. It tells what is proven, by whom, as of when, and what is not.',
    'OneBill。全部查验在本页内完成，不联网、无须账号。它说明什么得到了证明、由谁证明、截至何时，以及什么没有得到证明。',
  ],
  language: ['Language', '语言'],
  choose: ['Two files', '两个文件'],
  chooseHint: [
    'Drop them anywhere on this page, or choose them here.',
    '可拖放到本页任何位置，或在此选择。',
  ],
  bundleField: ['The bundle, from whoever shows you the bill', '证明文件：由出示提单的人提供'],
  rootsField: [
    'The pinned roots, from your own organisation, never from whoever sent the bundle',
    '信任根：由您自己的单位提供，绝不能由证明文件的发送人提供',
  ],
  settings: ['More settings', '更多设置'],
  organisationsField: [
    'How many organisations must have endorsed',
    '至少须有几个组织背书',
  ],
  nonceField: [
    'The nonce, if you asked for the attestation yourself',
    '随机数：如果证实是您自己询问的',
  ],
  none: ['Choose or drop a file', '选择文件，或拖放到此'],
  needBundle: ['Waiting for the bundle.', '等待证明文件。'],
  needRoots: [
    'Waiting for the pinned roots: without them nothing can be believed.',
    '等待信任根：没有它，什么都不能相信。',
  ],
  working: ['Checking…', '正在查验……'],
  noCrypto: [
    'This browser gives a page opened in this way no cryptography. Open the file in a current Chromium, Firefox or Safari.',
    '此浏览器不向以这种方式打开的页面提供密码功能。请用较新的 Chromium、Firefox 或 Safari 打开。',
  ],
  proven: ['Proven', '已证明'],
  notProvenHeadline: ['Not proven', '未能证明'],
  headline: [
    'As of {asOf}, bill {reference} is {state} and in the possession of {possessor}.',
    '截至 {asOf}，提单 {reference} 的状态为“{state}”，由 {possessor} 控制。',
  ],
  ageNow: ['That was less than a minute ago.', '距现在不到一分钟。'],
  ageMinutes: ['That was {count} minutes ago.', '那是 {count} 分钟以前。'],
  ageHours: ['That was {count} hours ago.', '那是 {count} 小时以前。'],
  ageDays: ['That was {count} days ago.', '那是 {count} 天以前。'],
  askAgain: [
    'Ask for a new attestation before you release goods or pay.',
    '放货或付款之前，请要求新的证实。',
  ],
  reason: ['Reason', '原因'],
  adviceRoots: [
    'Check that the roots file is the current one of this ledger, from your own organisation. If it is, do not rely on the bundle.',
    '请确认信任根文件是本账本的现行文件，且来自您自己的单位。如果是，请勿依赖该证明文件。',
  ],
  adviceClock: [
    'Set the clock of this machine, then check again.',
    '请校准本机时钟，然后重新查验。',
  ],
  adviceAsk: [
    'Ask for a new bundle, with your own nonce and the organisations that you want named.',
    '请要求新的证明文件，附上您自己的随机数，并指明您要求的组织。',
  ],
  adviceFetch: [
    'Fetch the bundle again, and do not open and save it in between. If the answer stays, do not rely on it.',
    '请重新获取证明文件，中途不要打开另存。若结果不变，请勿依赖。',
  ],
  adviceNone: [
    'Do not rely on this bundle. A partner port can attest the bill afresh.',
    '请勿依赖该证明文件。可请合作港口重新证实该提单。',
  ],
  evidence: ['What is proven', '证明了什么'],
  bill: ['Bill', '提单'],
  kindToOrder: ['to order, negotiable', '指示提单，可转让'],
  kindStraight: ['straight, not negotiable', '记名提单，不可转让'],
  kindSeaWaybill: ['sea waybill, not negotiable', '海运单，不可转让'],
  stateName: ['State', '状态'],
  possession: ['Possession', '控制权'],
  titleName: ['Title', '提单权利'],
  blank: ['blank: the title follows possession', '空白背书：权利随控制权'],
  hold: ['Hold or order of an authority', '主管机关的扣留或命令'],
  pledge: ['Pledge', '质押'],
  indemnity: ['Delivered without the bill', '未凭单交付'],
  recovery: ['Recovery of a key', '密钥恢复'],
  yes: ['yes', '有'],
  no: ['none', '无'],
  indemnityYes: ['yes, against an indemnity', '是，凭保函'],
  recoveryYes: [
    'pending: the possessor may change hands soon',
    '正在进行：控制权可能即将变更',
  ],
  attestedBy: ['Attested by', '证实组织'],
  nonceOf: ['nonce {nonce}', '随机数 {nonce}'],
  version: ['Version', '版本'],
  versionOf: ['act {sequence}, hash {hash}', '第 {sequence} 号行为，摘要 {hash}'],
  documentName: ['Transport document', '运输单据'],
  certificateName: ['Certificate of insurance', '保险凭证'],
  attachmentsName: ['Attachments', '附件'],
  shown: ['shown, and unchanged since issue', '已出示，与签发时一致'],
  notShown: ['not shown, only its hash is proven', '未出示，只证明了其摘要'],
  picture: ['Possession and title over time', '控制权与提单权利的变迁'],
  pictureTold: [
    'A chart: each row a party, each column an act. A solid line is possession, a dashed line title. The table below says the same.',
    '图：每行一个当事人，每列一个行为。实线为控制权，虚线为提单权利。下表内容相同。',
  ],
  silent: ['signed nothing here', '在此未签名'],
  blankRow: ['(blank)', '（空白）'],
  acts: ['The acts, one by one', '逐个行为'],
  columnNumber: ['No.', '序号'],
  columnTime: ['Recorded (UTC)', '记录时间（UTC）'],
  columnAct: ['Act', '行为'],
  columnActor: ['By', '行为人'],
  columnRecipient: ['To', '接收人'],
  columnAfter: ['Afterwards', '此后'],
  columnEndorsed: ['Endorsed by', '背书组织'],
  details: ['Details', '细节'],
  countersigned: ['countersigned by its approver', '经其复核人签名'],
  partiesName: ['The parties', '当事人'],
  partyRoles: ['registered as {roles}, vouched for by {organisation}', '登记为 {roles}，由 {organisation} 作保'],
  partyKey: ['{how} on {since}, {custody}', '{since} {how}，{custody}'],
  partyOther: ['signed nothing here; its registration is not shown', '在此未签名；未出示其登记'],
  restsOn: ['On whose honesty this rests', '这取决于谁的诚实'],
  restsActs: [
    '{sequence} acts, each signed by its party’s own key, chained and replayed.',
    '{sequence} 个行为均由当事人自己的密钥签名，首尾相连，并按规则逐一重演。',
  ],
  restsAttested: [
    'The present state was signed by the peers of {organisations}.',
    '当前状态由以下组织的节点共同签名证实：{organisations}。',
  ],
  restsEndorsed: [
    'Every act was endorsed by peers of {fewest} organisations or more, never the operator’s alone.',
    '每个行为都由至少 {fewest} 个组织的节点背书，其中至少一个不是经营人的。',
  ],
  restsContract: [
    'The conditions of the gates, that no other live bill lies on a container, and the registration of parties that signed nothing are vouched for by the endorsing organisations, not replayed.',
    '交付条件、同一集装箱上没有其他有效提单、未签名各方的登记：由背书组织担保，未重演。',
  ],
  restsCustody: [
    '{count} of them were signed by a ledger’s custody in the party’s name: for them its keeper is believed too.',
    '其中 {count} 个由账本托管机构以当事人名义签名：对这些行为还须信任托管人。',
  ],
  restsKeys: [
    'Whose key a key is, is vouched for by the organisation that registered it.',
    '当事人的密钥属于谁，由登记它的组织担保。',
  ],
  restsYou: [
    'The pinned roots are the right ones, and this page and browser are unchanged: you vouch for that.',
    '信任根正确、本页与浏览器未被改动：由您自己担保。',
  ],
  notProven: ['What is not proven', '什么没有得到证明'],
  notGoods: ['That the goods are as the document describes them.', '货物是否与单据所载相符。'],
  notSince: [
    'That nothing happened after {asOf}: ask again before releasing goods.',
    '{asOf} 之后没有发生任何事：放货之前须另行查询。',
  ],
  notCollusion: ['That the organisations named did not all lie together.', '上述组织没有合谋作假。'],
  notRevoked: [
    'That no endorser’s certificate has been revoked since.',
    '背书节点的证书此后未被吊销。',
  ],
  notDocument: [
    'What the document says: it is not shown, only its hash is proven.',
    '单据内容未出示：只证明了其摘要。',
  ],
  notCertificate: [
    'What the certificate of insurance says: it is not shown, only its hash is proven.',
    '保险凭证内容未出示：只证明了其摘要。',
  ],
  notRecovery: [
    'That the possessor still has its key: a recovery is pending.',
    '控制人仍持有其密钥：密钥恢复正在进行。',
  ],
  asJson: ['The answer as JSON', '答复的 JSON 格式'],
  print: ['Print', '打印'],
  printed: ['Checked on {now}, with these files:', '查验于 {now}，所用文件：'],
  again: ['Another bill', '查验另一张'],
  sign: ['Sign an act in this browser', '在此浏览器中签署行为'],
  signHint: [
    'The key is made in this browser, cannot be taken out of it, and stays in it until you remove it. Keep a second key elsewhere: who clears the browser’s data loses this one. Every page that this browser opens from a file can sign with it: open no other, or serve this page from an address of its own.',
    '密钥在此浏览器中生成，无法取出，直至您删除。请在别处另备一把密钥：清除浏览器数据会丢失这一把。此浏览器从文件打开的任何页面都能用它签名：不要打开其他文件页面，或为本页设置专用网址。',
  ],
  keyName: ['Name of the key', '密钥名称'],
  makeKey: ['Make a key', '生成密钥'],
  keys: ['Key to sign with', '签名密钥'],
  noKeys: ['no key yet', '尚无密钥'],
  publicKey: ['Public key, to be registered', '公钥，供登记'],
  actField: ['The act, as JSON', '行为，JSON 格式'],
  prepare: ['Show what will be signed', '显示将签署的内容'],
  signNow: ['Sign', '签署'],
  signPreview: [
    'You, {actor}, do this to bill {reference}: {act} {code}{recipient}. Act {sequence}, valid until {expiry}. A signed act that the ledger accepts is not undone.',
    '您（{actor}）将对提单 {reference} 作出：{act} {code}{recipient}。第 {sequence} 号行为，有效期至 {expiry}。账本接受后不可撤销。',
  ],
  signTo: [', to {recipient}', '，接收人 {recipient}'],
  signBytes: ['The bytes to be signed', '将签署的字节'],
  signedToken: ['The signed act; give it to any courier', '已签署的行为；可交给任何传递人'],
  signMalformed: [
    'This is not an act of the form that act.md demands: {detail}',
    '这不是 act.md 所规定形式的行为：{detail}',
  ],
  actHash: ['act hash', '行为摘要'],
};

const ACTS = {
  ISSUE: ['issued', '签发'],
  NOTE_ON_BOARD: ['noted on board', '装船批注'],
  TRANSFER: ['possession handed over', '转交控制权'],
  REJECT_TRANSFER: ['hand-over rejected', '拒收退回'],
  ENDORSE: ['endorsed by name', '记名背书'],
  ENDORSE_TO_ORDER: ['endorsed to order', '指示背书'],
  BLANK_ENDORSE: ['endorsed in blank', '空白背书'],
  SIGN: ['signed', '签署'],
  PRESENT: ['presented to a bank', '向银行交单'],
  TAKE_UP: ['documents taken up', '银行接受单据'],
  REFUSE_PRESENTATION: ['documents refused', '银行拒受单据'],
  PLEDGE: ['pledged', '质押'],
  RELEASE_PLEDGE: ['pledge released', '解除质押'],
  RELEASE_ON_TRUST: ['released on trust', '信托放单'],
  ENFORCE: ['pledge enforced', '实现质权'],
  SURRENDER_FOR_AMENDMENT: ['surrendered for amendment', '交单更改'],
  WITHDRAW_SURRENDER: ['surrender withdrawn', '撤回交单'],
  SURRENDER_FOR_DELIVERY: ['surrendered for delivery', '交单提货'],
  ACCEPT_SURRENDER: ['surrender accepted', '接受交单'],
  REJECT_SURRENDER: ['surrender rejected', '拒绝交单'],
  VOID: ['voided', '作废'],
  SWITCH_TO_PAPER: ['switched to paper', '转为纸质'],
  CONFIRM_PAYMENT: ['payment confirmed', '确认付款'],
  RELEASE_MASTER: ['master document released', '主单放行'],
  RELEASE_CUSTOMS: ['customs released', '海关放行'],
  HOLD: ['held by an authority', '监管扣留'],
  LIFT_HOLD: ['hold lifted', '解除扣留'],
  ORDER: ['order of court or authority', '法院或主管机关命令'],
  RELEASE_TERMINAL: ['gate one: terminal release', '第一道门：码头放箱'],
  DELIVER_AGAINST_INDEMNITY: ['delivered against indemnity', '凭保函交付'],
  ACCOMPLISH: ['gate two: accomplished', '第二道门：交付完成'],
};

const STATES = {
  ISSUED: ['issued', '已签发'],
  PENDING_SURRENDER_FOR_DELIVERY: ['surrendered for delivery, answer pending', '已申请交单提货、待答复'],
  SURRENDERED_FOR_DELIVERY: ['surrendered for delivery', '已交单提货'],
  PENDING_SURRENDER_FOR_AMENDMENT: ['surrendered for amendment, answer pending', '已申请交单更改、待答复'],
  SURRENDERED_FOR_AMENDMENT: ['surrendered for amendment', '已交单更改'],
  VOIDED: ['void', '已作废'],
  PAPER: ['on paper', '已转为纸质'],
  ACCOMPLISHED: ['accomplished', '已完成交付'],
};

const ROLES = {
  OPERATOR: ['operator', '经营人'],
  SHIPPER: ['shipper', '托运人'],
  CONSIGNEE: ['consignee', '收货人'],
  BANK: ['bank', '银行'],
  CARRIER: ['carrier', '承运人'],
  CARRIERS_AGENT: ['sea carrier’s agent', '船公司代理'],
  DELIVERY_AGENT: ['delivery agent', '目的地交货代理'],
  TERMINAL: ['terminal', '码头'],
  CUSTOMS: ['customs', '海关'],
  PORT: ['port', '港口'],
  AUTHORITY: ['authority', '主管机关'],
  COURT: ['court', '法院'],
};

const CUSTODIES = {
  OWN: ['kept by the party', '由当事人自持'],
  LEDGER_CUSTODY: ['in a ledger’s custody', '由账本托管'],
};

const KEYS = {
  REGISTRATION: ['key registered', '登记密钥'],
  ROTATION: ['key changed', '更换密钥'],
  RECOVERY: ['lost key replaced by three organisations', '经三个组织更换遗失的密钥'],
};

const STATUSES = {
  ACTIVE: ['active again', '恢复有效'],
  SUSPENDED: ['suspended', '暂停'],
  REVOKED: ['revoked', '注销'],
};

const ADVICE = {
  TRUST_MALFORMED: 'adviceRoots',
  WRONG_CHANNEL: 'adviceRoots',
  WRONG_CHAINCODE: 'adviceRoots',
  ENDORSER_UNKNOWN: 'adviceRoots',
  ATTESTATION_FROM_THE_FUTURE: 'adviceClock',
  NONCE_NOT_YOURS: 'adviceAsk',
  TOO_FEW_ORGANISATIONS: 'adviceAsk',
  HEAD_MISMATCH: 'adviceFetch',
  BUNDLE_MALFORMED: 'adviceFetch',
  BUNDLE_TOO_LARGE: 'adviceFetch',
};

/** What the page says in one language. */
export class Words {
  constructor(language) {
    this.language = language;
    this.at = LANGUAGES.indexOf(language);
  }

  /** The sentence of that key, with what stands in braces put in. */
  say(key, given = {}) {
    return SENTENCES[key][this.at].replace(/\{(\w+)\}/g, (_, name) => given[name]);
  }

  act = (code) => ACTS[code][this.at];
  state = (state) => STATES[state][this.at];
  custody = (custody) => CUSTODIES[custody][this.at];
  key = (how) => KEYS[how][this.at];
  status = (status) => STATUSES[status][this.at];
  roles = (roles) => roles.map((role) => ROLES[role][this.at]).join(this.comma);
  reason = (reason) => (this.language === 'zh' ? REASONS_ZH : reasons)[reason];
  advice = (reason) => this.say(ADVICE[reason] ?? 'adviceNone');

  /** Between things in a list. */
  get comma() {
    return this.language === 'zh' ? '、' : ', ';
  }

  /** What must have both languages, for the test that asks. */
  static get tables() {
    return { SENTENCES, ACTS, STATES, ROLES, CUSTODIES, KEYS, STATUSES, reasons, REASONS_ZH };
  }
}

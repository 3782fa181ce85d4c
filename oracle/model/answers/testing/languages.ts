/** Four passages of a language and a question about each: written for this project. */
export interface LanguageSet {
  readonly language: string;
  readonly passages: readonly string[];
  readonly questions: readonly string[];
}

/** The same four facts, on tea, bees, a library and bread, in languages of many scripts. */
export const LANGUAGES: readonly LanguageSet[] = [
  {
    language: "en",
    passages: [
      "Green tea is steeped for two minutes in water of eighty degrees.",
      "Bees dance in the hive to tell the others where flowers are.",
      "The library lends each reader ten books for four weeks.",
      "Bread dough rests for an hour in a warm place before it is baked.",
    ],
    questions: [
      "How long should green tea steep?",
      "Why do bees dance?",
      "How many books does the library lend?",
      "How long must bread dough rest?",
    ],
  },
  {
    language: "de",
    passages: [
      "Grüner Tee zieht zwei Minuten in achtzig Grad heißem Wasser.",
      "Bienen tanzen im Stock, um den anderen zu zeigen, wo Blumen sind.",
      "Die Bücherei leiht jedem Leser zehn Bücher für vier Wochen.",
      "Brotteig ruht eine Stunde an einem warmen Ort, bevor er gebacken wird.",
    ],
    questions: [
      "Wie lange muss grüner Tee ziehen?",
      "Warum tanzen Bienen?",
      "Wie viele Bücher leiht die Bücherei?",
      "Wie lange ruht ein Brotteig?",
    ],
  },
  {
    language: "fr",
    passages: [
      "Le thé vert infuse deux minutes dans une eau à quatre-vingts degrés.",
      "Les abeilles dansent dans la ruche pour indiquer où sont les fleurs.",
      "La bibliothèque prête dix livres à chaque lecteur pour quatre semaines.",
      "La pâte à pain repose une heure au chaud avant la cuisson.",
    ],
    questions: [
      "Combien de temps infuse le thé vert ?",
      "Pourquoi les abeilles dansent-elles ?",
      "Combien de livres prête la bibliothèque ?",
      "Combien de temps repose la pâte à pain ?",
    ],
  },
  {
    language: "es",
    passages: [
      "El té verde reposa dos minutos en agua a ochenta grados.",
      "Las abejas bailan en la colmena para indicar dónde hay flores.",
      "La biblioteca presta diez libros a cada lector durante cuatro semanas.",
      "La masa del pan descansa una hora en un lugar cálido antes de hornearse.",
    ],
    questions: [
      "¿Cuánto tiempo reposa el té verde?",
      "¿Por qué bailan las abejas?",
      "¿Cuántos libros presta la biblioteca?",
      "¿Cuánto descansa la masa del pan?",
    ],
  },
  {
    language: "pt",
    passages: [
      "O chá verde fica dois minutos em água a oitenta graus.",
      "As abelhas dançam na colmeia para mostrar onde estão as flores.",
      "A biblioteca empresta dez livros a cada leitor por quatro semanas.",
      "A massa do pão descansa uma hora num lugar quente antes de ir ao forno.",
    ],
    questions: [
      "Quantos minutos fica o chá verde na água?",
      "Por que dançam as abelhas?",
      "Quantos livros empresta a biblioteca?",
      "Quanto tempo descansa a massa do pão?",
    ],
  },
  {
    language: "pl",
    passages: [
      "Zieloną herbatę parzy się dwie minuty w wodzie o temperaturze osiemdziesięciu stopni.",
      "Pszczoły tańczą w ulu, aby pokazać innym, gdzie są kwiaty.",
      "Biblioteka wypożycza każdemu czytelnikowi dziesięć książek na cztery tygodnie.",
      "Ciasto na chleb odpoczywa godzinę w ciepłym miejscu przed pieczeniem.",
    ],
    questions: [
      "Jak długo parzy się zieloną herbatę?",
      "Dlaczego pszczoły tańczą?",
      "Ile książek wypożycza biblioteka?",
      "Jak długo odpoczywa ciasto na chleb?",
    ],
  },
  {
    language: "ru",
    passages: [
      "Зелёный чай заваривают две минуты водой в восемьдесят градусов.",
      "Пчёлы танцуют в улье, чтобы показать другим, где цветы.",
      "Библиотека выдаёт каждому читателю десять книг на четыре недели.",
      "Тесто для хлеба отдыхает час в тёплом месте перед выпечкой.",
    ],
    questions: [
      "Сколько заваривают зелёный чай?",
      "Зачем танцуют пчёлы?",
      "Сколько книг выдаёт библиотека?",
      "Сколько отдыхает тесто для хлеба?",
    ],
  },
  {
    language: "el",
    passages: [
      "Το πράσινο τσάι μένει δύο λεπτά σε νερό ογδόντα βαθμών.",
      "Οι μέλισσες χορεύουν στην κυψέλη για να δείξουν πού είναι τα λουλούδια.",
      "Η βιβλιοθήκη δανείζει σε κάθε αναγνώστη δέκα βιβλία για τέσσερις εβδομάδες.",
      "Η ζύμη του ψωμιού ξεκουράζεται μία ώρα σε ζεστό μέρος πριν ψηθεί.",
    ],
    questions: [
      "Πόση ώρα μένει το πράσινο τσάι;",
      "Γιατί χορεύουν οι μέλισσες;",
      "Πόσα βιβλία δανείζει η βιβλιοθήκη;",
      "Πόση ώρα ξεκουράζεται η ζύμη;",
    ],
  },
  {
    language: "tr",
    passages: [
      "Yeşil çay seksen derecelik suda iki dakika demlenir.",
      "Arılar çiçeklerin nerede olduğunu göstermek için kovanda dans eder.",
      "Kütüphane her okura dört hafta için on kitap ödünç verir.",
      "Ekmek hamuru pişmeden önce ılık bir yerde bir saat dinlenir.",
    ],
    questions: [
      "Yeşil çay kaç dakika demlenir?",
      "Arılar neden dans eder?",
      "Kütüphane kaç kitap ödünç verir?",
      "Ekmek hamuru ne kadar dinlenir?",
    ],
  },
  {
    language: "ar",
    passages: [
      "يُنقع الشاي الأخضر دقيقتين في ماء حرارته ثمانون درجة.",
      "يرقص النحل في الخلية ليخبر غيره أين الأزهار.",
      "تُعير المكتبة كل قارئ عشرة كتب لمدة أربعة أسابيع.",
      "ترتاح عجينة الخبز ساعة في مكان دافئ قبل أن تُخبز.",
    ],
    questions: ["كم دقيقة ينقع الشاي الأخضر؟", "لماذا يرقص النحل؟", "كم كتبا تعير المكتبة؟", "كم ترتاح عجينة الخبز؟"],
  },
  {
    language: "he",
    passages: [
      "תה ירוק נחלט שתי דקות במים של שמונים מעלות.",
      "דבורים רוקדות בכוורת כדי לספר לאחרות היכן הפרחים.",
      "הספרייה משאילה לכל קורא עשרה ספרים לארבעה שבועות.",
      "בצק הלחם נח שעה במקום חם לפני האפייה.",
    ],
    questions: ["כמה דקות נחלט תה ירוק?", "למה דבורים רוקדות?", "כמה ספרים משאילה הספרייה?", "כמה זמן נח בצק הלחם?"],
  },
  {
    language: "hi",
    passages: [
      "हरी चाय को अस्सी डिग्री के पानी में दो मिनट भिगोया जाता है।",
      "मधुमक्खियाँ छत्ते में नाचकर बताती हैं कि फूल कहाँ हैं।",
      "पुस्तकालय हर पाठक को चार सप्ताह के लिए दस किताबें देता है।",
      "रोटी का आटा पकाने से पहले एक घंटे गर्म जगह पर रखा जाता है।",
    ],
    questions: [
      "हरी चाय कितने मिनट भिगोई जाती है?",
      "मधुमक्खियाँ क्यों नाचती हैं?",
      "पुस्तकालय कितनी किताबें देता है?",
      "रोटी का आटा कितनी देर रखा जाता है?",
    ],
  },
  {
    language: "ta",
    passages: [
      "பச்சைத் தேநீர் எண்பது டிகிரி நீரில் இரண்டு நிமிடம் ஊற வேண்டும்.",
      "பூக்கள் எங்கே என்று சொல்ல தேனீக்கள் கூட்டில் நடனம் ஆடுகின்றன.",
      "நூலகம் ஒவ்வொரு வாசகருக்கும் நான்கு வாரங்களுக்குப் பத்து புத்தகங்கள் தருகிறது.",
      "ரொட்டி மாவு சுடும் முன் ஒரு மணி நேரம் சூடான இடத்தில் இருக்க வேண்டும்.",
    ],
    questions: [
      "பச்சைத் தேநீர் எவ்வளவு நேரம் ஊற வேண்டும்?",
      "தேனீக்கள் ஏன் நடனம் ஆடுகின்றன?",
      "நூலகம் எத்தனை புத்தகங்கள் தருகிறது?",
      "ரொட்டி மாவு எவ்வளவு நேரம் இருக்க வேண்டும்?",
    ],
  },
  {
    language: "th",
    passages: [
      "ชาเขียวแช่ในน้ำแปดสิบองศานานสองนาที",
      "ผึ้งเต้นรำในรังเพื่อบอกตัวอื่นว่าดอกไม้อยู่ที่ไหน",
      "ห้องสมุดให้ผู้อ่านยืมหนังสือสิบเล่มเป็นเวลาสี่สัปดาห์",
      "แป้งขนมปังพักไว้หนึ่งชั่วโมงในที่อุ่นก่อนอบ",
    ],
    questions: ["ชาเขียวแช่นานกี่นาที", "ทำไมผึ้งเต้นรำ", "ห้องสมุดให้ยืมหนังสือกี่เล่ม", "แป้งขนมปังพักนานเท่าไร"],
  },
  {
    language: "zh",
    passages: [
      "绿茶用八十度的水泡两分钟。",
      "蜜蜂在蜂巢里跳舞，告诉同伴花在哪里。",
      "图书馆借给每位读者十本书，期限四周。",
      "面包的面团要在温暖的地方放一个小时再烤。",
    ],
    questions: ["绿茶要泡多久？", "蜜蜂为什么跳舞？", "图书馆可以借几本书？", "面包的面团要放多久？"],
  },
  {
    language: "ja",
    passages: [
      "緑茶は八十度のお湯で二分間いれます。",
      "ミツバチは巣の中で踊って、花の場所を仲間に教えます。",
      "図書館は一人に十冊の本を四週間貸し出します。",
      "パンの生地は焼く前に暖かい場所で一時間休ませます。",
    ],
    questions: [
      "緑茶は何分間いれますか。",
      "ミツバチはなぜ踊りますか。",
      "図書館は何冊の本を貸し出しますか。",
      "パンの生地はどのくらい休ませますか。",
    ],
  },
  {
    language: "ko",
    passages: [
      "녹차는 팔십 도의 물에 이 분 동안 우린다.",
      "꿀벌은 꽃이 어디 있는지 알리려고 벌집에서 춤을 춘다.",
      "도서관은 독자마다 책 열 권을 사 주 동안 빌려 준다.",
      "빵 반죽은 굽기 전에 따뜻한 곳에서 한 시간 쉰다.",
    ],
    questions: [
      "녹차는 몇 분 동안 우리나요?",
      "꿀벌은 왜 춤을 추나요?",
      "도서관은 책을 몇 권 빌려 주나요?",
      "빵 반죽은 얼마나 쉬나요?",
    ],
  },
  {
    language: "vi",
    passages: [
      "Trà xanh được ngâm hai phút trong nước tám mươi độ.",
      "Ong nhảy múa trong tổ để báo cho nhau biết hoa ở đâu.",
      "Thư viện cho mỗi bạn đọc mượn mười cuốn sách trong bốn tuần.",
      "Bột bánh mì được ủ một giờ ở nơi ấm trước khi nướng.",
    ],
    questions: [
      "Trà xanh được ngâm bao lâu?",
      "Vì sao ong nhảy múa?",
      "Thư viện cho mượn mấy cuốn sách?",
      "Bột bánh mì được ủ bao lâu?",
    ],
  },
  {
    language: "id",
    passages: [
      "Teh hijau diseduh dua menit dalam air delapan puluh derajat.",
      "Lebah menari di sarang untuk memberi tahu di mana ada bunga.",
      "Perpustakaan meminjamkan sepuluh buku kepada setiap pembaca selama empat minggu.",
      "Adonan roti didiamkan satu jam di tempat hangat sebelum dipanggang.",
    ],
    questions: [
      "Berapa menit teh hijau diseduh?",
      "Mengapa lebah menari?",
      "Berapa buku dipinjamkan perpustakaan?",
      "Berapa lama adonan roti didiamkan?",
    ],
  },
  {
    language: "sw",
    passages: [
      "Chai ya kijani huloweshwa dakika mbili katika maji ya digrii themanini.",
      "Nyuki hucheza ndani ya mzinga ili kuonyesha maua yalipo.",
      "Maktaba humwazima kila msomaji vitabu kumi kwa wiki nne.",
      "Unga wa mkate hupumzika saa moja mahali penye joto kabla ya kuokwa.",
    ],
    questions: [
      "Chai ya kijani huloweshwa dakika ngapi?",
      "Kwa nini nyuki hucheza?",
      "Maktaba huazima vitabu vingapi?",
      "Unga wa mkate hupumzika muda gani?",
    ],
  },
];

"""Name parts, towns and spellings of the countries the invented applicants of the demonstration come from.

Written by hand for this project. Names are common ones of each country and combined at random: no line describes a real
person. Between commas, one name; between bars, spellings under which counters write that same name, the first being the
one on the passport.
"""

from __future__ import annotations

from dataclasses import dataclass

Spellings = tuple[str, ...]


@dataclass(frozen=True)
class Origin:
    """Name parts of one country (``code`` is ISO 3166): families, female and male given names, towns of birth."""

    code: str
    families: tuple[Spellings, ...]
    female: tuple[Spellings, ...]
    male: tuple[Spellings, ...]
    towns: tuple[Spellings, ...]
    languages: tuple[str, ...]


def _names(text: str) -> tuple[Spellings, ...]:
    return tuple(tuple(form.strip() for form in name.split("|")) for name in text.split(",") if name.strip())


def _origin(code: str, families: str, female: str, male: str, towns: str, languages: str = "fr") -> Origin:
    return Origin(code, _names(families), _names(female), _names(male), _names(towns), tuple(languages.split()))


ORIGINS: dict[str, Origin] = {
    origin.code: origin
    for origin in (
        _origin(
            "ML",
            "Traoré|Traore|Trahoré|Traorey, Diarra|Djarra|Jara, Coulibaly|Koulibaly|Coulibali, Keïta|Keita|Kéita,"
            "Sissoko|Cissoko|Sisoko, Konaté|Konate|Conaté, Dembélé|Dembele|Dembelé, Sacko|Sako, Doucouré|Doukouré|Ducouré,"
            "Diakité|Diakite|Jakité, Fofana|Foffana, Camara|Kamara, Sidibé|Sidibe|Sidibeh, Bagayoko|Bagayogo, Tounkara|Tunkara",
            "Fatoumata|Fatoumatta|Fatimata, Aminata|Aminatta|Amineta, Kadiatou|Kadidiatou|Kadiatu, Oumou|Umu|Oumu,"
            "Assetou|Assétou|Asseta, Djénéba|Djeneba|Djénabou, Mariam|Mariame|Maryam, Rokia|Rokiatou|Rokya, Sira|Syra",
            "Mamadou|Mamadu|Mahamadou, Moussa|Musa|Mousa, Boubacar|Boubakar|Bubacar, Seydou|Seïdou|Saïdou,"
            "Modibo|Modibbo, Bakary|Bakari|Bacary, Issa|Isa|Yssa, Souleymane|Soulaymane|Suleyman, Cheick|Cheikh|Sheick,"
            "Lassana|Lansana|Lassina",
            "Kayes, Bamako, Yélimané|Yelimane, Nioro du Sahel|Nioro, Sikasso|Sikaso, Ségou|Segou, Diéma|Diema",
            "fr bm",
        ),
        _origin(
            "SN",
            "Ndiaye|N'Diaye|Ndiay|N'Diaï, Diop|Diope|Jop, Sow|So|Sô, Ba|Bah|Bâ, Fall|Fal, Gueye|Guèye|Guéye, Sarr|Sar,"
            "Sy|Sie, Mbaye|M'Baye|Mbay, Faye|Faï, Diallo|Jallo|Dialo, Cissé|Cisse|Sissé, Thiam|Tiam|Thiame, Kane|Kan",
            "Awa|Hawa, Khady|Khadi|Cady, Ndeye|Ndèye|N'Deye, Coumba|Kumba|Koumba, Adama, Astou|Astu, Bineta|Binta|Binéta,"
            "Rama|Ramatoulaye|Ramata, Sokhna|Sohna",
            "Ousmane|Ousman|Usmane, Abdoulaye|Abdulaye|Abdoulai, Ibrahima|Ibrahim|Ibraïma, Cheikh|Cheick|Cheikhe,"
            "Mamadou|Mamadu, Modou|Mōdou|Modu, Pape|Papa, Alioune|Aliou|Aliune, Babacar|Babakar|Boubacar, El Hadji|Elhadji|El Hadj",
            "Dakar, Saint-Louis|Saint Louis, Touba, Kaolack|Kaolak, Matam, Ziguinchor|Zinguinchor, Thiès|Thies",
            "fr wo",
        ),
        _origin(
            "DZ",
            "Benali|Ben Ali|Bénali, Boudjemaa|Boujemaa|Boudjemâa, Hamidi|Hamidy, Bouzid|Bouzide|Buzid, Meziane|Méziane|Mezian,"
            "Belkacem|Bel Kacem|Belkassem, Cherif|Chérif|Chrif, Khelifi|Khélifi|Khlifi, Mansouri|Mansuri|Mensouri,"
            "Ouali|Wali, Haddad|Hadad, Bensaïd|Ben Saïd|Bensaid, Amrani|Amrany|El Amrani, Zerrouki|Zerouki, Yahiaoui|Yahyaoui|Yahiawi",
            "Fatima|Fatma|Fatiha, Nadia|Nadya, Samira|Samirah, Khadidja|Khadija|Kadidja, Yamina|Yaminah, Zohra|Zahra|Zohrah,"
            "Malika|Malica, Djamila|Jamila|Djamilah, Houria|Huria, Aïcha|Aicha|Aïsha",
            "Mohamed|Mohammed|Mouhamed|Muhammad, Ahmed|Ahmad|Ahmmed, Rachid|Rashid|Rachide, Karim|Karime|Kareem,"
            "Abdelkader|Abd el Kader|Abdelkadir, Youcef|Youssef|Yousef, Mourad|Murad, Brahim|Ibrahim, Said|Saïd|Saïde,"
            "Djamel|Jamel|Djamal, Abderrahmane|Abd er Rahmane|Abderahmane",
            "Tizi Ouzou|Tizi-Ouzou, Oran, Sétif|Setif, Béjaïa|Bejaia|Bougie, Alger, Constantine, Mostaganem|Mostaghanem, Chlef",
            "fr ar",
        ),
        _origin(
            "MA",
            "El Idrissi|Elidrissi|Idrissi, Benjelloun|Ben Jelloun|Benjeloun, Ouahbi|Wahbi|Ouhabi, El Fassi|Elfassi|Fassi,"
            "Lahlou|Lahlu, Bouazza|Bouaza|Bou Azza, Chraïbi|Chraibi|Chraybi, Naciri|Nassiri|Nasiri, Ait Hammou|Aït Hamou|Aithammou,"
            "El Mansouri|Elmansouri, Tazi|Tazzi, Berrada|Berada, Zouhairi|Zouheiri|Zuhairi, Alaoui|Alawi|El Alaoui",
            "Khadija|Khadidja|Kadija, Latifa|Latefa, Naïma|Naima|Neïma, Hanane|Hanan, Rachida|Rashida, Zineb|Zaineb|Zaynab,"
            "Ghizlane|Gizlane|Rhizlane, Saïda|Saida, Meryem|Mariem|Myriem",
            "Hassan|Hasan|Hassane, Abdellah|Abdallah|Abd Allah, Driss|Idriss|Dris, Mustapha|Mostafa|Moustafa, Omar|Omare|Oumar,"
            "Khalid|Khaled|Kalid, Aziz|Abdelaziz, Jamal|Jamel|Djamal, Nabil|Nabile, Hicham|Hisham|Icham",
            "Fès|Fes, Oujda|Ujda, Casablanca, Nador, Beni Mellal|Béni Mellal, Taza, Agadir, Khouribga|Kouribga",
            "fr ar",
        ),
        _origin(
            "TN",
            "Trabelsi|Trabelssi, Ben Salah|Bensalah|Ben Saleh, Gharbi|Rharbi|Garbi, Jaziri|Jazyri|El Jaziri, Mejri|Medjri|Majri,"
            "Ben Youssef|Benyoussef|Ben Yousef, Hammami|Hamami, Dridi|Dridy, Chaabane|Chaâbane|Chaaban, Ayari|Ayary, Ferchichi|Farchichi",
            "Ines|Inès|Inesse, Sonia|Sonya, Leila|Leïla|Leyla, Mouna|Muna, Olfa, Rim|Rym|Rime, Hajer|Hager|Hajar, Wafa|Ouafa",
            "Mohamed Ali|Mohamedali|Mohammed Ali, Sami|Samy, Walid|Oualid|Waleed, Anis|Anys, Lotfi|Lotfy, Ridha|Rida|Redha,"
            "Moncef|Monsef, Hatem|Hatim, Slim|Sélim|Slimane",
            "Zarzis, Tataouine|Tatahouine, Sfax, Kairouan|Kerouan, Médenine|Medenine, Gafsa|Gafssa, Bizerte",
            "fr ar",
        ),
        _origin(
            "CI",
            "Kouassi|Kwassi|Couassi, Koné|Kone|Conné, Yao|Yaho, Konan|Conan, Ouattara|Wattara|Uattara, N'Guessan|Nguessan|N'Gessan,"
            "Bamba, Touré|Toure|Tourey, Gnahoré|Gnahore, Kouamé|Kouame|Kwamé, Dago|Dagoh, Séry|Sery|Seri",
            "Affoué|Affoue|Afoué, Adjoua|Ajoua, Akissi|Akisi, Mariam|Mariame, Salimata|Salimatou, Amenan|Amenane, Ahou|Aou, Bintou|Bintu",
            "Kouadio|Kwadio|Couadio, Adama, Yacouba|Yakouba, Désiré|Desire, Serge, Ibrahim|Ibrahima, Koffi|Kofi, Drissa|Idrissa",
            "Abidjan, Bouaké|Bouake, Korhogo|Korogho, Daloa, Man, Gagnoa, Divo",
        ),
        _origin(
            "CD",
            "Mbala|M'Bala, Kabongo|Cabongo, Ilunga|Ilounga, Mukendi|Moukendi, Tshibangu|Chibangu|Tshibangou, Lukusa|Loukoussa,"
            "Nsimba|N'Simba, Makiese|Makiesse, Kasongo|Kassongo, Mutombo|Moutombo, Lelo|Lello, Kalala, Bokungu|Bokoungou",
            "Marie-Claire|Marie Claire|Marieclaire, Béatrice|Beatrice, Nzuzi|N'Zuzi, Bibiche, Chantal|Chantale, Mputu|Mputou,"
            "Thérèse|Therese, Ngalula|N'Galula",
            "Jean-Pierre|Jean Pierre|Jeanpierre, Dieudonné|Dieudonne|Dieu Donné, Papy, Guylain|Guilain, Trésor|Tresor, Patrick|Patric,"
            "Kiala|Quiala, Héritier|Heritier",
            "Kinshasa|Kinsasa, Lubumbashi|Lubumbachi, Matadi, Mbuji-Mayi|Mbuji Mayi, Kananga, Boma",
            "fr ln",
        ),
        _origin(
            "CM",
            "Ngono|N'Gono, Mballa|Mbala|M'Balla, Fotso|Fotsso, Tchoupo|Choupo, Nkoulou|N'Koulou|Nkulu, Kamga|Kamgua, Eyenga|Eyinga,"
            "Atangana|Attangana, Tchatchoua|Tchachoua|Chatchoua, Ndongo|N'Dongo, Biloa|Billoa",
            "Solange|Sollange, Clarisse|Clarice, Pélagie|Pelagie, Rosine|Rosyne, Odette|Odete, Mireille|Mirelle, Hortense|Ortense",
            "Aimé|Aime, Blaise|Blaize, Hervé|Herve, Thierry|Thierri, Bertrand, Alain|Allain, Armand|Arman",
            "Douala, Yaoundé|Yaounde, Bafoussam|Bafousam, Kribi|Cribi, Ebolowa, Dschang|Tchang",
        ),
        _origin(
            "GN",
            "Barry|Bari|Barrie, Bah|Ba|Baa, Sylla|Syla|Silla, Condé|Conde|Kondé, Soumah|Souma|Sumah, Bangoura|Bangura, Camara|Kamara,"
            "Baldé|Balde|Baldeh, Sow|Sowe, Kourouma|Kuruma|Courouma",
            "Mariama|Mariame, Hadja|Hadia, Aïssatou|Aissatou|Aïssata, M'Balia|Mbalia, Fanta, Néné|Nene, Kadiatou|Kadiatu, Hassanatou",
            "Alpha|Alfa, Thierno|Tierno|Cherno, Mamadou Saliou|Mamadou Salyou, Sékou|Sekou|Seku, Ibrahima Sory|Ibrahima Sorry,"
            "Alseny|Alsény|Alseini, Amadou|Ahmadou, Fodé|Fode",
            "Conakry|Konakry, Labé|Labe, Kindia, Kankan, Mamou, Boké|Boke",
            "fr ff",
        ),
        _origin(
            "KM",
            "Said Ali|Saïd Ali|Saidali, Abdou|Abdu, Mohamed Soilihi|Mohamed Soilih|Mohamed Swalihi, Youssouf|Youssoufa|Yusuf,"
            "Hamada|Amada, Mmadi|Madi|M'Madi, Attoumani|Atoumani, Ibouroi|Ibouroy, Msaidie|M'Saïdié, Ahamada|Ahmada",
            "Echati|Echaty, Zaïnaba|Zainaba|Zaynaba, Moinaecha|Moina Echa|Mwanaesha, Faouzia|Fawzia|Fauzia, Halima|Alima, Roukia|Rukia",
            "Ali Mzé|Ali Mze|Ali M'Zé, Soilihi|Swalihi|Soilih, Houmadi|Umadi|Houmady, Ibrahim|Ibrahima, Nassur|Nassour, Djamal|Jamal",
            "Moroni, Mutsamudu|Moutsamoudou, Mitsamiouli|Mitsamihuli, Domoni, Fomboni, Foumbouni",
        ),
        _origin(
            "HT",
            "Jean-Baptiste|Jean Baptiste|Jeanbaptiste, Pierre-Louis|Pierre Louis|Pierrelouis, Joseph, Charles, Saint-Fleur|St Fleur|Saintfleur,"
            "Désir|Desir, Estimé|Estime, Dorvil|Dorville, Noël|Noel, Petit-Frère|Petit Frère|Petitfrere, Exantus|Exanthus, Louissaint|Louis-Saint",
            "Marie-Ange|Marie Ange|Mariange, Rose-Laure|Rose Laure|Roselaure, Guerda|Gerda, Islande, Fabienne|Fabiene, Nadège|Nadege,"
            "Mirlande|Myrlande, Yolette|Yolete",
            "Wilner|Willner|Vilner, Jean-Robert|Jean Robert|Jeanrobert, Frantz|Franz|Frants, Dieuseul|Dieu Seul, Jocelyn|Joslin|Jocelin,"
            "Emmanuel|Emanuel, Rodrigue|Rodrig, Makenson|Mackenson",
            "Port-au-Prince|Port au Prince, Les Cayes|Cayes, Gonaïves|Gonaives, Jacmel|Jakmel, Aquin, Cap-Haïtien|Cap Haïtien",
            "fr ht",
        ),
        _origin(
            "BR",
            "da Silva|Da Silva|Dasilva|Silva, dos Santos|Santos|Dos Santos, de Oliveira|Oliveira|De Oliveira, Pereira da Costa|Pereira|Pereira Costa,"
            "de Souza|Sousa|De Sousa, Rodrigues|Rodriguez, Ferreira|Fereira, Barbosa|Barboza, Nascimento|do Nascimento, Lima dos Reis|Lima|Lima Reis",
            "Maria José|Maria Jose|Mariajosé, Francisca, Ana Paula|Anapaula, Raimunda|Raymunda, Rosilene|Rosileni, Edilene|Edileni, Joana",
            "José Carlos|Jose Carlos|Josecarlos, Raimundo|Raymundo, Antônio|Antonio, Francisco, João|Joao, Edson|Edsson, Valdeci|Waldeci",
            "Macapá|Macapa, Oiapoque|Oyapock, Belém|Belem, São Luís|Sao Luis, Santarém|Santarem",
            "pt",
        ),
        _origin(
            "SR",
            "Amoida|Amoyda, Pinas|Pienas, Dinguiou|Dinguyou, Kanapé|Kanape, Sante|Santé, Djani|Jani, Abienso|Abiensou, Awaso|Awasso",
            "Wilma|Vilma, Jacoba|Jakoba, Hellen|Helen, Sieliena|Selina, Majori|Marjory, Elfriede|Elfride",
            "Ricardo|Rikardo, Johannes|Johanes, Wensley|Wenslay, Stanley|Stanly, Erwin|Ervin, Humphrey|Humfrey",
            "Paramaribo, Albina, Moengo|Moungo, Drietabbetje|Diitabiki, Nieuw Nickerie|Nickerie",
            "nl",
        ),
        _origin(
            "CN",
            "Wang|Vang|Ouang, Chen|Tchen|Tchenn, Zhang|Chang|Tchang, Hu|Hou, Lin|Linn, Zhou|Chow|Tcheou, Wu|Wou|Oue, Ye|Yeh, Xu|Hsu|Siu,"
            "Zheng|Cheng|Tcheng, Pan|Pann, Jin|Kin, Huang|Hwang|Houang",
            "Xiaoming|Xiao Ming|Hsiao Ming, Lihua|Li Hua, Meiling|Mei Ling|Mei-Ling, Yanfang|Yan Fang, Xiulan|Xiu Lan|Siu Lan,"
            "Qiong|Chiong, Aizhen|Ai Zhen, Suqin|Su Qin",
            "Jianguo|Jian Guo|Chien Kuo, Weidong|Wei Dong|Wei-Dong, Guangming|Guang Ming, Zhiqiang|Zhi Qiang, Xuefeng|Xue Feng,"
            "Haibo|Hai Bo, Yongjun|Yong Jun, Bin",
            "Wenzhou|Wen Zhou|Wencheou, Qingtian|Qing Tian|Tsingtien, Fuzhou|Fu Zhou|Foutcheou, Rui'an|Ruian, Shenyang|Shen Yang",
            "zh",
        ),
        _origin(
            "VN",
            "Nguyễn|Nguyen|N'Guyen, Trần|Tran, Phạm|Pham|Fam, Hoàng|Hoang|Huynh, Võ|Vo|Vu, Đặng|Dang, Bùi|Bui|Buy, Lê Văn|Le Van|Levan",
            "Thị Lan|Thi Lan|Lan Thi, Thị Hoa|Thi Hoa|Hoa, Thanh Hương|Thanh Huong|Huong Thanh, Ngọc Ánh|Ngoc Anh, Thị Mai|Thi Mai|Mai",
            "Văn Hùng|Van Hung|Hung Van, Minh Tuấn|Minh Tuan|Tuan Minh, Quốc Bảo|Quoc Bao, Đức Long|Duc Long|Long Duc, Văn Nam|Van Nam",
            "Nghệ An|Nghe An, Hà Tĩnh|Ha Tinh, Hải Phòng|Hai Phong|Haiphong, Quảng Bình|Quang Binh, Hà Nội|Hanoi|Ha Noi",
            "vi",
        ),
        _origin(
            "LK",
            "Sivakumar|Siva Kumar|Sivakumaar, Thiruchelvam|Tiruchelvam|Thirusselvam, Kanagaratnam|Kanakaratnam, Rajeswaran|Rajesvaran,"
            "Balasubramaniam|Balasubramanyam|Bala Subramaniam, Nadarajah|Nadaraja, Selvarasa|Selvarajah|Selvaraja, Yogeswaran|Yokeswaran,"
            "Ponnambalam|Ponnampalam, Arulanantham|Arulananthan",
            "Vasantha|Vasanthi, Kamaladevi|Kamala Devi, Sutharsini|Sudharshini|Sutharshini, Pathmini|Padmini, Jeyanthi|Jayanthi, Thavamani|Tavamani",
            "Suresh|Sures|Sureshan, Jeyakumar|Jayakumar|Jeya Kumar, Thayaparan|Dayaparan, Kugathasan|Kugadasan, Prabakaran|Prabhakaran,"
            "Rasiah|Rasaiah, Uthayan|Udayan",
            "Jaffna|Yalpanam, Kilinochchi|Kilinochi, Mullaitivu|Mullaithivu, Trincomalee|Trinkomalee, Point Pedro|Pointpedro, Batticaloa|Batikaloa",
            "ta",
        ),
        _origin(
            "BD",
            "Hossain|Hossein|Hussain|Hosen, Rahman|Rahaman|Rehman, Miah|Mia|Miya, Chowdhury|Choudhury|Chaudhury, Uddin|Udin|Ud-Din,"
            "Islam|Eslam, Ahmed|Ahammed|Ahmmed, Sarker|Sarkar|Sorkar, Talukder|Talukdar, Khan|Kan",
            "Fatema|Fatima|Fatama, Nasrin|Nasreen, Shirin|Shireen|Sirin, Rokeya|Rokaya|Ruqayya, Ayesha|Aysha|Aicha, Moriom|Mariam|Maryam",
            "Md Jahangir|Mohammad Jahangir|Jahangir, Abdul Karim|Abdulkarim|Abdul Kareem, Md Shahin|Mohammed Shahin|Shaheen,"
            "Mizanur|Mijanur, Delwar|Delowar|Delouar, Kamal|Kamaal, Nurul|Nurool|Noorul, Shafiqul|Shafikul",
            "Sylhet|Silet, Noakhali|Noakhaly, Dhaka|Dacca, Comilla|Cumilla|Komilla, Faridpur|Foridpur, Chittagong|Chattogram",
            "bn",
        ),
        _origin(
            "PK",
            "Khan|Kahn|Khaan, Hussain|Husain|Hussein, Mahmood|Mehmood|Mahmoud, Iqbal|Ikbal, Chaudhry|Choudhry|Chaudhary, Akhtar|Aktar|Akther,"
            "Malik|Malek, Nawaz|Navaz, Bashir|Basheer, Shah|Chah",
            "Nasreen|Nasrin, Shazia|Chazia, Rukhsana|Roukhsana|Ruksana, Bushra|Boushra, Samina|Sameena, Zubaida|Zoubaida",
            "Muhammad Asif|Mohammad Asif|Mohamed Asif, Imran|Emran, Tariq|Tarik|Tareq, Nadeem|Nadim, Ghulam Abbas|Gulam Abbas, Zahid|Zaheed,"
            "Arshad|Archad, Waqar|Wakar",
            "Gujrat|Goujrat, Sialkot|Sialkote, Mandi Bahauddin|Mandi Baha-ud-Din, Lahore|Lahor, Jhelum|Jelum, Peshawar|Pechawar",
            "ur",
        ),
        _origin(
            "IN",
            "Singh|Sing|Sinhg, Kaur|Kour, Patel|Patell, Sharma|Charma, Kumar|Koumar, Gill|Gil, Sandhu|Sandu, Murugan|Mourougane, Devarajan|Deva Rajan",
            "Harpreet|Harprit, Manjit|Manjeet, Lakshmi|Laxmi|Latchoumi, Sunita|Sounita, Gurpreet|Gurprit, Kavitha|Kavita",
            "Balwinder|Balvinder, Jaswinder|Jasvinder, Gurmeet|Gurmit, Ramesh|Ramech, Sukhdev|Sukdev, Amarjit|Amarjeet, Anand|Ananda",
            "Jalandhar|Jullundur, Hoshiarpur|Hochiarpur, Ludhiana|Ludiana, Ahmedabad|Ahmadabad, Pondichéry|Pondicherry|Puducherry",
            "hi",
        ),
        _origin(
            "GE",
            "Beridze|Béridzé|Beridzé, Kapanadze|Kapanadzé, Gelashvili|Guelachvili|Gelachvili, Lomidze|Lomidzé, Maisuradze|Maïssouradzé,"
            "Tsiklauri|Tsiklaouri|Ciklauri, Giorgadze|Guiorgadzé, Kvaratskhelia|Kvaratskhélia|Kvaracxelia, Chikovani|Tchikovani",
            "Nino|Nina, Tamar|Tamara|Tamari, Ketevan|Kétévane|Ketevani, Manana, Lali|Laly, Eka|Ekaterine|Ekaterina",
            "Giorgi|Gueorgui|Georgi, Levan|Lévan, Zurab|Zourab, Davit|David|Daviti, Irakli|Irakly|Herakli, Vakhtang|Vaxtang, Gocha|Gotcha",
            "Tbilissi|Tbilisi, Koutaïssi|Kutaisi|Koutaissi, Zougdidi|Zugdidi, Batoumi|Batumi, Roustavi|Rustavi",
            "ka",
        ),
        _origin(
            "AM",
            "Sargsyan|Sarkissian|Sarkisyan, Petrosyan|Petrossian|Petrosian, Hakobyan|Hagopian|Akopyan, Grigoryan|Krikorian|Grigorian,"
            "Harutyunyan|Haroutiounian|Arutyunyan, Mkrtchyan|Mkrtchian|Mkrttchian, Khachatryan|Khatchatrian|Khachatrian",
            "Anahit|Anahid, Hasmik|Hasmig, Gayane|Gayané|Gaïané, Lusine|Loussiné|Lousine, Narine|Nariné, Karine|Kariné",
            "Armen, Gagik|Kakig, Tigran|Dikran, Hovhannes|Hovannes|Ovanes, Ashot|Achot, Vardan|Vartan, Samvel|Samuel",
            "Erevan|Yerevan, Gyumri|Gumri|Leninakan, Vanadzor, Etchmiadzine|Ejmiatsin",
            "hy",
        ),
        _origin(
            "UA",
            "Kovalenko|Kovalenco, Shevchuk|Chevtchouk|Shevtchuk, Bondarenko|Bondarenco, Tkachenko|Tkatchenko, Melnyk|Melnik|Melnick,"
            "Kravchuk|Kravtchouk, Lysenko|Lyssenko|Lisenko, Savchenko|Savtchenko, Rudenko|Roudenko",
            "Oksana|Oxana|Oksanna, Iryna|Irina|Irena, Nataliya|Natalia|Nathalia, Halyna|Galina|Galyna, Liudmyla|Lioudmila|Ludmila, Svitlana|Svetlana",
            "Oleksandr|Olexandre|Alexander, Vasyl|Vassil|Vasil, Mykola|Nikolai|Mikola, Serhiy|Sergui|Sergei, Andriy|Andrei|Andriï, Ihor|Igor, Yuriy|Iouri|Yuri",
            "Tchernivtsi|Chernivtsi, Lviv|Lvov, Ternopil|Ternopol, Ivano-Frankivsk|Ivano Frankivsk, Vinnytsia|Vinnitsa",
            "uk",
        ),
        _origin(
            "MD",
            "Rusu|Russu|Roussou, Ceban|Tcheban|Ciobanu, Munteanu|Munteano, Cojocaru|Cojocari|Kojokaru, Lungu|Loungou, Ursu|Oursou, Moraru|Morari",
            "Elena|Helena, Tatiana|Tatyana, Olga|Olgha, Ludmila|Lioudmila, Valentina|Valentyna, Aurelia|Aurélia",
            "Ion|Jon, Vasile|Vasilii|Vassili, Sergiu|Serghei|Sergei, Vitalie|Vitali|Vitaly, Andrei|Andrey, Grigore|Grigori",
            "Chișinău|Chisinau|Kichinev, Bălți|Balti, Soroca|Soroka, Orhei|Orgueïev, Ungheni|Unguéni",
            "ro",
        ),
        _origin(
            "RO",
            "Popescu|Popesco|Popescou, Ionescu|Ionesco, Dumitru|Dumitrou, Stan|Stann, Lăcătuș|Lacatus|Lacatusu, Ciurar|Tchiourar, Radu|Radou, Moldovan|Moldoveanu",
            "Mihaela|Michaela, Florentina|Florantina, Ionela|Jonela, Ramona, Luminița|Luminita, Cristina|Christina",
            "Gheorghe|Gheorge|George, Nicolae|Nicolaï|Nicolaie, Marian|Mariann, Costel|Kostel, Florin|Florinn, Viorel|Viorell, Ionuț|Ionut",
            "Craiova|Crajova, Timișoara|Timisoara, Arad|Harad, Țăndărei|Tandarei, Slatina, Oradea",
            "ro",
        ),
        _origin(
            "ET",
            "Tesfaye|Tesfay|Tesfaïe, Bekele|Békélé|Bekelle, Haile|Hailé|Haïle, Gebremariam|Ghebremariam|Gebre Mariam, Alemu|Alemou,"
            "Mengistu|Menghistu|Mengistou, Woldemichael|Wolde Michael|Oldemichael, Abebe|Abébé",
            "Tigist|Tigest|Teguest, Selamawit|Selam|Selamawite, Hirut|Hiruth|Hirout, Almaz|Elmaz, Meseret|Messeret, Genet|Guenet",
            "Yonas|Jonas|Yohannes, Dawit|David|Daouit, Solomon|Salomon, Girma|Guirma, Biniam|Binyam, Mulugeta|Moulouguéta",
            "Addis-Abeba|Addis Abeba|Addis Ababa, Gondar|Gonder, Mekele|Mekelle|Makalé, Dire Dawa|Diré Daoua, Bahir Dar|Bahar Dar",
            "am",
        ),
        _origin(
            "EG",
            "Abdel Rahman|Abdelrahman|Abd el Rahman, Hassanein|Hassanin|Hassanain, El Sayed|Elsayed|El Sayyid, Shenouda|Chenouda|Shnouda,"
            "Abdel Fattah|Abdelfattah|Abd el Fatah, Mansour|Mansur|Manssour, Gerges|Guirguis|Girgis, El Shazly|Elshazly|El Chazli",
            "Nagwa|Najwa|Nagoua, Hoda|Houda|Huda, Mervat|Mirvat, Nahed|Nahid, Amal|Amel, Sabah|Saba",
            "Mahmoud|Mahmud|Mahmood, Gamal|Jamal|Djamal, Ashraf|Achraf, Hany|Hani, Tarek|Tariq|Tarik, Magdy|Magdi|Majdi, Emad|Imad|Aymad",
            "Le Caire|Cairo|Al Qahira, Mansourah|El Mansoura|Mansura, Zagazig|Zaqaziq, Gharbia|Gharbeya|Rharbia, Alexandrie|Alexandria",
            "ar",
        ),
        _origin(
            "MR",
            "Ould Ahmed|Uld Ahmed|Ould Ahmedou, Mint Mohamed|Mint Mohammed|Bint Mohamed, Sall|Sal|Salle, Ould Sidi|Uld Sidi|Sidi, Niang|Nyang,"
            "Soumaré|Soumare|Sumaré, Ould Cheikh|Ould Cheick|Uld Cheikh, Dia|Diah",
            "Mariem|Meriem|Mariam, Aïssata|Aissata|Aïchata, Khadijetou|Khadidjatou|Khadijatou, Vatimetou|Fatimetou|Fatimatou, Houleye|Huley",
            "Sidi Mohamed|Sidi Mohammed|Sidimohamed, Demba, Samba|Samba Sidi, Abderrahmane|Abdrahmane|Abd er Rahmane, Hamidou|Amidou, Yahya|Yahia",
            "Nouakchott|Nouakchot|Nuakchott, Kaédi|Kaedi, Sélibaby|Selibabi, Boghé|Boghe|Bogué, Rosso",
            "fr ar",
        ),
        _origin(
            "TR",
            "Yılmaz|Yilmaz|Ilmaz, Çelik|Celik|Tchelik, Demir|Dimir, Kaya|Kaia, Şahin|Sahin|Chahin, Doğan|Dogan|Dohan, Aydın|Aydin|Aïdin, Koç|Koc|Kotch",
            "Ayşe|Ayse|Aiche, Zeynep|Zeineb, Gülay|Gulay|Goulay, Hatice|Hatidje|Hatije, Songül|Songul, Fadime|Fadimé",
            "Mehmet|Mehmed|Mehmett, Hüseyin|Huseyin|Hussein, Ömer|Omer|Eumer, Cemal|Djemal|Cemall, İbrahim|Ibrahim, Şükrü|Sukru|Chukru",
            "Gaziantep|Gazi Antep, Yozgat|Yozghat, Erzurum|Erzouroum, Kars, Karaman|Caraman",
            "tr",
        ),
        _origin(
            "PE",
            "Quispe Mamani|Quispe|Kispe Mamani, Huamán Flores|Huaman Flores|Guaman Flores, Condori Apaza|Condori|Kondori Apaza,"
            "Chávez Rojas|Chavez Rojas|Chaves Rojas, Ccori Salas|Cori Salas|Qori Salas",
            "María Elena|Maria Elena|Mariaelena, Rosa Luz|Rosaluz, Yesenia|Jessenia|Yessenia, Nélida|Nelida, Carmen Rosa|Carmenrosa",
            "José Luis|Jose Luis|Joseluis, Wilfredo|Wilfrido|Vilfredo, Julio César|Julio Cesar, Percy|Persi, Édgar|Edgar",
            "Cusco|Cuzco, Arequipa|Arekipa, Huancayo|Guancayo, Lima, Puno",
            "es",
        ),
        _origin(
            "PH",
            "Reyes Santos|Reyes|De los Reyes, dela Cruz|De la Cruz|Delacruz, Bautista|Baptista, Mendoza|Mendosa, Villanueva|Villa Nueva",
            "Maricel|Marycel|Marisel, Rowena|Rovena, Jocelyn|Joselyn|Jocelin, Analyn|Anna Lyn|Annalyn, Cristina|Christina",
            "Rodel|Rodell, Jerome|Gerome, Arnel|Arnell, Reynaldo|Raynaldo, Danilo|Danillo",
            "Batangas|Batanggas, Manille|Manila, Iloilo|Ilo-Ilo, Cebu|Cébu, Pangasinan",
            "en",
        ),
    )
}

PARIS_AREA = (
    "ML ML ML SN SN DZ DZ DZ MA MA TN CI CI CD CD CM GN HT HT CN CN VN LK LK BD BD PK IN GE AM UA MD RO ET EG EG MR TR"
    " PE PH KM BR"
)
WHERE: dict[str, str] = {
    "131": "DZ DZ DZ KM KM KM KM MA TN TN SN GN AM GE RO TR ML CM UA EG",
    "973": "HT HT HT HT BR BR BR BR SR SR SR SR CN PE",
}
"""Countries of origin by caisse of first deposit, repeated by weight; ``PARIS_AREA`` elsewhere."""

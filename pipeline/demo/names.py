"""Common given names and surnames of several Indian languages, combined at random: nobody in
particular.

Tamil and Marathi names carry their own script beside the Latin form, for customers who write it so.
Phone numbers, PANs and GSTINs are made in `people.py`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Pool:
    """Names of one language; the native forms are parallel to the Latin ones, or empty."""

    given: tuple[str, ...]
    family: tuple[str, ...]
    given_native: tuple[str, ...] = ()
    family_native: tuple[str, ...] = ()


def _pool(given: str, family: str) -> Pool:
    return Pool(tuple(given.split()), tuple(family.split()))


def _native(given: str, family: str) -> Pool:
    """Each name as Latin/native."""
    pairs = [[name.split("/") for name in text.split()] for text in (given, family)]
    (latin, native), (latin_family, native_family) = [tuple(zip(*p, strict=True)) for p in pairs]
    return Pool(latin, latin_family, native, native_family)


POOLS: dict[str, Pool] = {
    "hindi": _pool(
        "Aarav Aditi Ananya Anjali Arjun Deepak Divya Gaurav Ishita Karan Kavita Meera Mohit"
        " Neha Nikhil Pooja Prateek Priya Rahul Rajesh Ritu Sandeep Shreya Sunita Vikas",
        "Agarwal Chaturvedi Dubey Garg Goel Gupta Jain Joshi Mathur Mehra Mishra Pandey Rastogi"
        " Saxena Sharma Shukla Singh Srivastava Tiwari Trivedi Verma",
    ),
    "kannada": _pool(
        "Akshay Anitha Ashwini Bhavana Chaitra Chandan Darshan Deepa Harsha Kavya Keerthi"
        " Lakshmi Mahesh Manjunath Nagaraj Pallavi Pavan Praveen Raghavendra Ramya Roopa Sahana"
        " Shilpa Shwetha Sowmya Sudeep Suresh Vinay",
        "Acharya Bhat Gowda Hegde Hiremath Kamath Kulkarni Murthy Naik Nayak Pai Patil Rao"
        " Shenoy Shetty Swamy Urs Bellad Kotian",
    ),
    "tamil": _native(
        "Anbu/அன்பு Arul/அருள் Balaji/பாலாஜி Bharathi/பாரதி Deepa/தீபா Ezhil/எழில்"
        " Gayathri/காயத்ரி Gokul/கோகுல் Hari/ஹரி Ilakkiya/இலக்கியா Kalaivani/கலைவாணி"
        " Karthik/கார்த்திக் Kavitha/கவிதா Kumaran/குமரன் Lakshmi/லட்சுமி Malar/மலர்"
        " Meenakshi/மீனாட்சி Murugan/முருகன் Nila/நிலா Prabhu/பிரபு Priya/பிரியா"
        " Saravanan/சரவணன் Selvi/செல்வி Senthil/செந்தில் Sudha/சுதா Tamilarasi/தமிழரசி"
        " Thenmozhi/தேன்மொழி Vasanthi/வசந்தி Vel/வேல் Yazhini/யாழினி",
        "Arumugam/ஆறுமுகம் Chidambaram/சிதம்பரம் Duraisamy/துரைசாமி Elango/இளங்கோ"
        " Ganesan/கணேசன் Govindan/கோவிந்தன் Kandasamy/கந்தசாமி Krishnan/கிருஷ்ணன்"
        " Manickam/மாணிக்கம் Natarajan/நடராஜன் Palani/பழனி Pandian/பாண்டியன் Perumal/பெருமாள்"
        " Rajendran/ராஜேந்திரன் Ramasamy/ராமசாமி Sekar/சேகர் Selvaraj/செல்வராஜ்"
        " Shanmugam/சண்முகம் Subramanian/சுப்பிரமணியன் Venkatesan/வெங்கடேசன்",
    ),
    "marathi": _native(
        "Aniket/अनिकेत Anuja/अनुजा Ashwini/अश्विनी Chinmay/चिन्मय Gauri/गौरी Ketaki/केतकी"
        " Mandar/मंदार Manasi/मानसी Mrunal/मृणाल Nilesh/नीलेश Omkar/ओंकार Prajakta/प्राजक्ता"
        " Prasad/प्रसाद Rutuja/ऋतुजा Sagar/सागर Sampada/संपदा Sayali/सायली Shubham/शुभम"
        " Siddhi/सिद्धी Snehal/स्नेहल Tejas/तेजस Tushar/तुषार Vaibhav/वैभव Vaishali/वैशाली"
        " Yogesh/योगेश",
        "Apte/आपटे Bhosale/भोसले Chavan/चव्हाण Deshmukh/देशमुख Deshpande/देशपांडे"
        " Gaikwad/गायकवाड Gokhale/गोखले Jadhav/जाधव Joshi/जोशी Kale/काळे Kulkarni/कुलकर्णी"
        " More/मोरे Patil/पाटील Pawar/पवार Phadke/फडके Sathe/साठे Shinde/शिंदे Thorat/थोरात"
        " Wagh/वाघ",
    ),
    "telugu": _pool(
        "Anusha Bhargav Chaitanya Divya Haritha Jyothi Kalyan Kiran Lavanya Madhavi Mounika"
        " Naveen Padma Pavani Phani Rajesh Ravi Sailaja Satish Sirisha Sravani Srinivas Sushma"
        " Swathi Vamsi Venkat",
        "Atluri Bandi Chinta Dasari Gadde Gunturu Kolli Konda Mandava Marella Nalluri Pothuri"
        " Reddy Sunkara Tadepalli Vemuri Yarlagadda Yadavalli",
    ),
    "malayalam": _pool(
        "Abhilash Ajith Anjana Arya Athira Biju Deepthi Gopika Jithin Krishna Lekha Nimisha"
        " Rajeev Renjith Reshma Sajith Sandhya Sreeja Sreejith Vineeth Vidya Vishnu",
        "Kurup Menon Nair Namboothiri Nambiar Panicker Pillai Thampi Unni Varma Varrier Warrier"
        " George Mathew Thomas Varghese",
    ),
    "bengali": _pool(
        "Aniruddha Arijit Arpita Debjani Indrani Joydeep Koushik Madhumita Moumita Paromita"
        " Rituparna Saikat Sayantan Shreyasi Soma Sourav Subhasish Sudeshna Suparna Tanmoy",
        "Banerjee Basu Bhattacharya Biswas Chakraborty Chatterjee Das Datta Dey Ghosh Majumdar"
        " Mitra Mukherjee Roy Saha Sarkar Sen",
    ),
    "gujarati": _pool(
        "Ami Ankit Bhavesh Chirag Dhruv Falguni Heena Hiral Jinal Komal Krupa Mitesh Nirav"
        " Parth Pinal Riddhi Vimal",
        "Amin Bhatt Dave Desai Kothari Mehta Parekh Parikh Patel Shah Sheth Soni Thakkar Vora",
    ),
    "punjabi": _pool(
        "Amandeep Amrit Baljeet Charanjit Gurpreet Gurleen Harleen Harpreet Jaspreet Jasmeet"
        " Kirandeep Maninder Manpreet Navjot Parminder Rajveer Ranjit Simran Sukhwinder",
        "Ahluwalia Anand Bajwa Bedi Brar Chawla Dhillon Gill Grewal Kohli Sandhu Sethi Sidhu"
        " Sodhi Walia",
    ),
    "urdu": _pool(
        "Adil Afreen Arif Asma Ayesha Farah Faisal Hina Junaid Nadia Nasreen Rehan Rukhsar Saba"
        " Sana Shabana Tariq Zoya",
        "Ahmed Ansari Baig Faruqi Hashmi Hussain Khan Mirza Naqvi Pasha Qureshi Rizvi Shaikh"
        " Siddiqui",
    ),
}

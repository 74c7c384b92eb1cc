create or replace package crm_contact_match
   authid definer
   accessible by (
      procedure prc_update_client_contacts, package crm_contacts, package crm_contact_comparison,
      package crm_echo, package crm_guard, package crm_test_contacts, package crm_test_properties
   )
is
   /**
   Which contact of the ERP a person of the CRM is, and the form in which the ERP can hold what a person says. Pure: no
   row is changed.

   Owns:    nothing
   Commits: never
   */

   /**
   A value in the form in which contacts are compared, and in which the ERP holds it: normalised, e-mail in lower case,
   phone as at most 13 national digits, name cut to 60, job title to 30 characters.
   */
   function erp_form(
      in_field_name in varchar2,
      in_value      in varchar2
   ) return varchar2 deterministic;

   /**
   The contact that is this person: the one that the person id was stored for; else, among the contacts of the branch
   that are no person yet, the only one with the same e-mail address, without case; a person without an address is the
   only one of the same name that has none either. null: there is none.
   - @throws crm_err.e_ambiguous  several contacts could be meant
   */
   function contact_id_of(
      in_record_key in crm_records.record_key%type,
      in_person_id  in crm_contact_records.person_id%type,
      in_name       in varchar2,
      in_email      in varchar2
   ) return number;

   /**
   Is a person that no contact is bound to what an addition without an answer has left, whose contact the ERP has
   deleted since? Told by the e-mail address, or the name of who has none, that the addition sent. Once the contact is
   forgotten this is said of one person only: who comes after it was made by a user.
   */
   function is_leftover(
      in_record_key in crm_records.record_key%type,
      in_name       in varchar2,
      in_email      in varchar2
   ) return boolean;
end crm_contact_match;
/
